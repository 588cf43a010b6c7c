#include <doctest/doctest.h>

#include "core/verdict.hpp"

using namespace espp::provisioning;

TEST_CASE("a failed handshake is a wrong password, and only the ambiguous code is tried twice") {
  for (const int code : {14, 15, 202, 204}) {
    CAPTURE(code);
    const auto verdict = judge_disconnect(static_cast<std::uint16_t>(code), -50);
    CHECK(verdict.reason == Reason::WrongPassword);
    CHECK(verdict.worth_retrying == (code == 15));
  }
}

TEST_CASE("a handshake that times out at the edge of range says nothing about the password") {
  CHECK(judge_disconnect(15, -91).reason == Reason::WeakSignal);
  CHECK(judge_disconnect(204, -91).reason == Reason::WeakSignal);
  CHECK(judge_disconnect(15, -80).reason == Reason::WrongPassword);
  CHECK(judge_disconnect(15, std::nullopt).reason == Reason::WrongPassword);
  CHECK(judge_disconnect(202, -91).reason == Reason::WrongPassword);
}

TEST_CASE("silence is a weak signal where the signal is weak or unknown, else a time-out") {
  for (const int code : {2, 4, 34, 39, 200, 205}) {
    CAPTURE(code);
    const auto raw = static_cast<std::uint16_t>(code);
    CHECK(judge_disconnect(raw, std::nullopt).reason == Reason::WeakSignal);
    CHECK(judge_disconnect(raw, -90).reason == Reason::WeakSignal);
    CHECK(judge_disconnect(raw, -50).reason == Reason::Timeout);
    CHECK(judge_disconnect(raw, -50).worth_retrying);
  }
}

TEST_CASE("the driver's own search tells what is wrong with what it found") {
  CHECK(judge_disconnect(201, {}).reason == Reason::NotFound);
  CHECK(judge_disconnect(210, {}).reason == Reason::SecurityMismatch);
  CHECK(judge_disconnect(211, {}).reason == Reason::SecurityMismatch);
  CHECK(judge_disconnect(212, {}).reason == Reason::WeakSignal);
  CHECK_FALSE(judge_disconnect(210, {}).worth_retrying);
}

TEST_CASE("every other code is unknown, and none is a success") {
  int known = 0;
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    const auto verdict = judge_disconnect(static_cast<std::uint16_t>(code), -50);
    known += verdict.reason != Reason::Unknown;
    CHECK(verdict.reason != Reason::Cancelled);
    CHECK(verdict.reason != Reason::NoIp);
  }
  CHECK(known == 22);
}
