/// How a call that the host port does not implement says so.
#pragma once

namespace host {

/// Writes "<call>: not implemented on the host (<why>)" to stderr and aborts.
[[noreturn]] void unimplemented(const char *call, const char *why) noexcept;

/// Writes "<call>: <what>" to stderr and aborts: for what asserts, hangs or corrupts memory on a
/// chip.
[[noreturn]] void fatal(const char *call, const char *what) noexcept;

} // namespace host

/// Ends a function of the port that has no implementation, naming it.
#define HOST_UNIMPLEMENTED(why) ::host::unimplemented(__func__, why)
