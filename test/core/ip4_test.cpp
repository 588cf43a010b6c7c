#include <doctest/doctest.h>

#include <string>

#include "domain/ip4.hpp"

using namespace espp::provisioning;

TEST_CASE("an access point can have any unicast address, private or not") {
  const std::pair<const char *, const char *> good[] = {
      {"192.168.4.1", "255.255.255.0"},   {"10.0.0.1", "255.0.0.0"},
      {"4.3.2.1", "255.255.255.0"},       {"172.31.255.254", "255.240.0.0"},
      {"223.255.255.1", "255.255.255.0"}, {"192.0.2.1", "255.255.255.248"},
      {"100.64.0.1", "255.255.252.0"},
  };
  for (const auto &[ip, netmask] : good) {
    CAPTURE(ip);
    CHECK(parse_subnet(ip, netmask));
  }
  const auto subnet = parse_subnet("4.3.2.1", "255.255.254.0");
  REQUIRE(subnet);
  CHECK(subnet->ip == Ip4{{4, 3, 2, 1}});
  CHECK(subnet->netmask == Ip4{{255, 255, 254, 0}});
}

TEST_CASE("what can't be the address of an access point is an error that says why") {
  struct Case {
    const char *ip;
    const char *netmask;
    const char *why;
  };
  const Case bad[] = {
      {"", "255.255.255.0", "look like"},
      {"192.168.4", "255.255.255.0", "look like"},
      {"192.168.4.1.", "255.255.255.0", "look like"},
      {"192.168.4.1 ", "255.255.255.0", "look like"},
      {"192.168.4.256", "255.255.255.0", "look like"},
      {"192.168.-4.1", "255.255.255.0", "look like"},
      {"192.168.04.1", "255.255.255.0", "look like"},
      {"192,168,4,1", "255.255.255.0", "look like"},
      {"esp.example", "255.255.255.0", "look like"},
      {"192.168.4.1", "", "netmask"},
      {"192.168.4.1", "24", "netmask"},
      {"192.168.4.1", "255.255.0.255", "netmask"},
      {"192.168.4.1", "255.255.255.252", "netmask"},
      {"192.168.4.1", "255.255.255.255", "netmask"},
      {"192.168.4.1", "254.0.0.0", "netmask"},
      {"192.168.4.1", "0.0.0.0", "netmask"},
      {"0.0.0.0", "255.255.255.0", "127.x"},
      {"0.1.2.3", "255.255.255.0", "127.x"},
      {"127.0.0.1", "255.255.255.0", "127.x"},
      {"224.0.0.1", "255.255.255.0", "127.x"},
      {"255.255.255.255", "255.255.255.0", "127.x"},
      {"192.168.4.0", "255.255.255.0", "first and the last"},
      {"192.168.4.255", "255.255.255.0", "first and the last"},
      {"192.168.4.8", "255.255.255.248", "first and the last"},
  };
  for (const Case &c : bad) {
    CAPTURE(c.ip);
    CAPTURE(c.netmask);
    const auto subnet = parse_subnet(c.ip, c.netmask);
    REQUIRE_FALSE(subnet);
    CHECK(std::string(subnet.error()).find(c.why) != std::string::npos);
  }
}

TEST_CASE("an address is written as it is read") {
  for (const char *text : {"0.0.0.0", "192.168.4.1", "255.255.255.255", "1.20.3.100"}) {
    const auto ip = Ip4::parse(text);
    REQUIRE(ip);
    CHECK(ip->dotted() == text);
  }
  CHECK(Ip4{}.is_unspecified());
  CHECK(Ip4{{127, 1, 2, 3}}.is_loopback());
  CHECK_FALSE(Ip4{{192, 168, 4, 1}}.is_loopback());
}
