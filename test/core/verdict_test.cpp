#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "domain/verdict.hpp"

using namespace espp::provisioning;

namespace {

/// One line of the table of docs/verdicts.md: what a code means before the device is let in.
struct Line {
  std::string open;
  std::string wpa2;
  std::string wpa3;
  bool is_tried_again{false};
  bool has_source{false};
};

std::vector<std::string> cells_of(const std::string &line) {
  std::vector<std::string> cells;
  for (std::size_t at = 1; at < line.size();) {
    const std::size_t end = line.find('|', at);
    if (end == std::string::npos) {
      break;
    }
    const std::string cell = line.substr(at, end - at);
    const auto first = cell.find_first_not_of(' ');
    const auto last = cell.find_last_not_of(' ');
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    at = end + 1;
  }
  return cells;
}

std::map<unsigned, Line> document() {
  std::ifstream file(DOCS_DIR "/verdicts.md");
  std::map<unsigned, Line> lines;
  for (std::string line; std::getline(file, line);) {
    const auto cells = line.starts_with('|') ? cells_of(line) : std::vector<std::string>{};
    if (cells.size() == 7 && !cells[0].empty() && std::isdigit(cells[0][0])) {
      const auto code = static_cast<unsigned>(std::stoul(cells[0]));
      CHECK_FALSE(lines.contains(code));
      lines[code] = {cells[2], cells[3], cells[4], cells[5] == "yes", !cells[6].empty()};
    }
  }
  return lines;
}

/// A verdict in the words of the document. The signal is given, as silence depends on it.
std::string words(const Evidence &evidence) {
  const Verdict verdict = judge(evidence);
  if (verdict.blames_password && !verdict.is_clear) {
    return "password?";
  }
  const bool is_weak = evidence.rssi.value_or(0) < kFaintRssi;
  const std::string reason = to_string(verdict.reason);
  return !verdict.is_clear && reason == (is_weak ? "weak_signal" : "timeout") ? "silence" : reason;
}

Evidence evidence_of(unsigned code, Security security, bool has_password) {
  return {.code = static_cast<std::uint16_t>(code),
          .security = security,
          .has_password = has_password,
          .rssi = -60};
}

} // namespace

TEST_CASE("each code means what the table in docs/verdicts.md says, which has a source for it") {
  const auto lines = document();
  CHECK(lines.size() >= 40);
  for (const auto &[code, line] : lines) {
    CAPTURE(code);
    CHECK(line.has_source);
    for (const int rssi : {-60, -75, -76, -92}) {
      CAPTURE(rssi);
      const auto check = [&](Security security, bool has_password, bool is_raw,
                             const std::string &expected) {
        Evidence evidence = evidence_of(code, security, has_password);
        evidence.has_raw_key = is_raw;
        evidence.rssi = static_cast<std::int8_t>(rssi);
        CHECK(words(evidence) == expected);
        CHECK(judge(evidence).is_clear != line.is_tried_again);
      };
      for (const Security security :
           {Security::Open, Security::Owe, Security::Wpa2, Security::Wpa3}) {
        check(security, false, false, line.open);
      }
      check(Security::Wep, true, false, line.open);
      check(Security::Wpa, true, false, line.wpa2);
      check(Security::Wpa2, true, false, line.wpa2);
      check(Security::Wpa3, true, true, line.wpa2);
      check(Security::Wpa3, true, false, line.wpa3);
    }
  }
}

TEST_CASE("a code that the table does not have is unknown, and tried again") {
  const auto lines = document();
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    if (!lines.contains(code)) {
      const Verdict verdict = judge(evidence_of(code, Security::Wpa2, true));
      CHECK(verdict.reason == Reason::Unknown);
      CHECK_FALSE(verdict.is_clear);
      CHECK_FALSE(verdict.blames_password);
    }
  }
}

TEST_CASE("nothing that happens after the device was let in speaks against the password") {
  for (unsigned code = 0; code <= 0xFF; ++code) {
    CAPTURE(code);
    for (const Security security : {Security::Open, Security::Wpa2, Security::Wpa3}) {
      Evidence evidence = evidence_of(code, security, security != Security::Open);
      evidence.was_linked = true;
      const Verdict verdict = judge(evidence);
      CHECK_FALSE(verdict.blames_password);
      const bool is_full = code == 5 || code == 33;
      const bool is_refused = code == 10 || code == 11 || code == 30 || code == 46;
      CHECK(verdict.reason == (is_full      ? Reason::Full
                               : is_refused ? Reason::Refused
                                            : Reason::NoIp));
      CHECK(verdict.is_clear == (is_full || is_refused));
    }
  }
}

TEST_CASE("202 with a password on a network of unknown security says nothing definite") {
  const Verdict verdict = judge(evidence_of(202, Security::Unknown, true));
  CHECK(verdict.reason == Reason::Unknown);
  CHECK_FALSE(verdict.is_clear);
}

TEST_CASE("an unknown signal is no weak signal") {
  Evidence evidence = evidence_of(2, Security::Wpa2, true);
  evidence.rssi.reset();
  CHECK(judge(evidence).reason == Reason::Timeout);
}

TEST_CASE("no address is a weak signal only where the signal explains it") {
  CHECK(judge_no_address(std::nullopt) == Reason::NoIp);
  CHECK(judge_no_address(-85) == Reason::NoIp);
  CHECK(judge_no_address(-86) == Reason::WeakSignal);
}

TEST_CASE("a wrong password takes three failures over a link that works, two over a strong one") {
  CHECK_FALSE(believes_wrong_password(1, 1, -50, true));
  CHECK(believes_wrong_password(2, 1, -65, false));
  CHECK(believes_wrong_password(2, 2, -65, false));
  CHECK_FALSE(believes_wrong_password(2, 1, -66, false));
  CHECK(believes_wrong_password(2, 1, -66, true)); // handshakes take long
  CHECK_FALSE(believes_wrong_password(2, 2, -66, true));
  CHECK_FALSE(believes_wrong_password(2, 1, -80, true));
  CHECK(believes_wrong_password(3, 1, -66, false));
  CHECK(believes_wrong_password(3, 1, -75, false));
  CHECK_FALSE(believes_wrong_password(3, 1, -76, false));
  CHECK(believes_wrong_password(3, 1, -85, true));
  CHECK_FALSE(believes_wrong_password(3, 1, -86, true));
}

TEST_CASE("of several access points each has to fail, and twice if it is not strong") {
  CHECK(failures_needed(1, -80) == 1);
  CHECK(failures_needed(2, -65) == 1);
  CHECK(failures_needed(2, -66) == 2);
}

TEST_CASE("a handshake that fails after SAE says nothing of the password, which SAE has checked") {
  for (const unsigned code : {15U, 204U}) {
    Evidence evidence = evidence_of(code, Security::Wpa3, true);
    CHECK_FALSE(judge(evidence).blames_password);
    evidence.has_raw_key = true; // of no use to SAE, so WPA2 is what is tried
    CHECK(judge(evidence).blames_password);
  }
}

TEST_CASE("a handshake that fails at once has not timed out, and says nothing of the password") {
  for (const unsigned code : {15U, 204U}) {
    Evidence evidence = evidence_of(code, Security::Wpa2, true);
    CHECK(judge(evidence).blames_password);
    evidence.took = kShortestHandshake - 1;
    CHECK_FALSE(judge(evidence).blames_password);
    CHECK(judge(evidence).reason == Reason::Timeout);
  }
}
