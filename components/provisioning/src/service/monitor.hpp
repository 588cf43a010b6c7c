#pragma once

#include <optional>

#include "domain/time.hpp"

namespace espp::provisioning {

/// The one lock of the portal, with a way to wait for what it guards to change, and the clock. Held
/// for microseconds: nobody does anything slow under it.
class Monitor {
public:
  virtual void lock() = 0;
  virtual void unlock() = 0;
  /// Gives up the lock until the next notify_all(), or until `deadline` if there is one; it may also
  /// return early, so callers look again at what they wait for.
  virtual void wait(std::optional<Millis> deadline) = 0;
  /// Has everybody in wait() look again. Under the lock.
  virtual void notify_all() = 0;
  virtual Millis now() const = 0;

protected:
  ~Monitor() = default;
};

/// Holds the lock while in scope.
class Locked {
public:
  explicit Locked(Monitor &monitor) : monitor_(monitor) { monitor_.lock(); }
  ~Locked() { monitor_.unlock(); }
  Locked(const Locked &) = delete;
  Locked &operator=(const Locked &) = delete;

private:
  Monitor &monitor_;
};

/// Gives up a lock that the caller holds, while in scope.
class Unlocked {
public:
  explicit Unlocked(Monitor &monitor) : monitor_(monitor) { monitor_.unlock(); }
  ~Unlocked() { monitor_.lock(); }
  Unlocked(const Unlocked &) = delete;
  Unlocked &operator=(const Unlocked &) = delete;

private:
  Monitor &monitor_;
};

} // namespace espp::provisioning
