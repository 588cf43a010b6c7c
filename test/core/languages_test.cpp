#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "codec/languages.hpp"

using namespace espp::provisioning;

namespace {

constexpr Language kLanguages[]{
    {"en", nullptr, nullptr},      {"de", nullptr, nullptr},    {"fr", nullptr, nullptr},
    {"he", nullptr, nullptr},      {"pt-BR", nullptr, nullptr}, {"zh-Hans", nullptr, nullptr},
    {"zh-Hant", nullptr, nullptr},
};

std::string chosen(std::string_view header) {
  return std::string(kLanguages[choose_language(header, kLanguages)].tag);
}

} // namespace

TEST_CASE("a phone gets the language that it likes best of those that there are") {
  const std::pair<const char *, const char *> cases[] = {
      {"de", "de"},
      {"de-AT", "de"},
      {"DE-at", "de"},
      {"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "de"},
      {"en-GB,en;q=0.9,de;q=0.8", "en"},
      {"nb,sv;q=0.9,fr;q=0.8,en;q=0.5", "fr"},
      {"en;q=0.5, fr;q=0.7 , de ; q=0.6", "fr"},
      {"de;q=0.5,fr;q=0.5", "de"},
      {"de;q=0.001", "de"},
      {"de;q=1.000,fr", "de"},
      {"de-x-private,fr;q=0.1", "de"},
      {"de-Latn-x-y,fr;q=0.1", "de"},
  };
  for (const auto &[header, tag] : cases) {
    CAPTURE(header);
    CHECK(chosen(header) == tag);
  }
}

TEST_CASE("who asks for no language that there is gets English") {
  for (const char *header :
       {"", "*", "sv", "sv,*;q=0.5", "xx-de", "deu", "d", "de;q=0", "de;q=0.000", "en,*;q=0.1",
        ",,", " ", ";", "-", "--", "-de", "*-DE"}) {
    CAPTURE(header);
    CHECK(chosen(header) == "en");
  }
}

TEST_CASE("Chinese is written as its readers write it, and regions lead to a script") {
  for (const char *header : {"zh", "zh-CN", "zh-SG", "zh-Hans-CN", "zh-Hans", "ZH-cn"}) {
    CAPTURE(header);
    CHECK(chosen(header) == "zh-Hans");
  }
  for (const char *header : {"zh-TW", "zh-HK", "zh-MO", "zh-Hant-TW", "zh-Hant", "zh-hant-hk"}) {
    CAPTURE(header);
    CHECK(chosen(header) == "zh-Hant");
  }
  CHECK(chosen("pt-PT,en;q=0.9") == "pt-BR");
  CHECK(chosen("iw-IL,en;q=0.9") == "he");
}

TEST_CASE("a malformed weight passes its language over, and no other") {
  for (const char *weight : {"q", "q=", "q=2", "q=1.1", "q=1.001", "q=0.1234", "q=0.x", "q=-1",
                             "q=.5", "q=00", "Q:1", "x=1", "q=0.5;q=0.6", "q=1e0"}) {
    CAPTURE(weight);
    CHECK(chosen(std::string("de;") + weight + ",fr;q=0.1") == "fr");
  }
  CHECK(chosen("de;Q=0.5,fr;q=0.1") == "de");
  CHECK(chosen("de;,fr;q=0.1") == "de");
}

TEST_CASE("a language is found by its tag alone") {
  CHECK(find_language("DE", kLanguages) == 1);
  CHECK(find_language("zh-hant", kLanguages) == 6);
  CHECK(find_language("en", kLanguages) == 0);
  for (const char *tag : {"", "d", "de-AT", "zh", "sv", "*"}) {
    CAPTURE(tag);
    CHECK_FALSE(find_language(tag, kLanguages));
  }
}

TEST_CASE("a build with English alone always chooses it") {
  const std::span<const Language> english = std::span(kLanguages).first(1);
  for (const char *header : {"", "de", "zh-TW", "en", "*"}) {
    CHECK(choose_language(header, english) == 0);
  }
}
