#include <doctest/doctest.h>

#include <string>

#include "transport/http/segment.hpp"

using espp::provisioning::Segment;

TEST_CASE("pieces stand one behind the other until the segment is full") {
  Segment segment;
  CHECK(segment.append("HTTP/1.1 200 OK\r\n") == 17);
  CHECK(segment.append("\r\n") == 2);
  CHECK(segment.text() == "HTTP/1.1 200 OK\r\n\r\n");
  CHECK_FALSE(segment.is_full());
}

TEST_CASE("what has no room is left to the caller, who hears how much was taken") {
  Segment segment;
  segment.append(std::string(Segment::kSize - 3, 'x'));
  CHECK(segment.append("abcde") == 3);
  CHECK(segment.is_full());
  CHECK(segment.text().ends_with("xabc"));
  CHECK(segment.append("de") == 0);
  segment.clear();
  CHECK(segment.append("de") == 2);
  CHECK(segment.text() == "de");
}
