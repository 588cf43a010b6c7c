#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "../gunzip.hpp"
#include "codec/crc32.hpp"
#include "codec/gzip_splice.hpp"
#include "codec/page_blob.hpp"

using namespace espp::provisioning;

namespace {

std::span<const std::uint8_t> bytes(const std::string &text) {
  return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

std::string read(const std::filesystem::path &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string built_page() {
  return read(PAGE_DIR "/index.html.gz");
}

struct Gathered final : TextSink {
  bool write(std::string_view piece) override {
    CHECK_FALSE(piece.empty());
    text += piece;
    return --room != 0;
  }
  bool finish(std::string_view piece) override {
    is_finished = true;
    return write(piece);
  }
  std::string text;
  int room{-1}; ///< pieces that are still taken
  bool is_finished{false};
};

std::string text(std::span<const std::uint8_t> bytes) {
  return std::string(as_text(bytes));
}

/// The page, in it a language and a state with `name` as its one member, in one gzip member.
std::string spliced(const PageBlob &page, const std::string &name,
                    const std::optional<Blocks> &language = std::nullopt) {
  Gathered sink;
  sink.text = text(page.start.bytes) + (language ? text(language->bytes) : "");
  GzipSplice splice(sink, page, language.value_or(page.start));
  StateElement element(splice);
  CHECK(element.begin());
  JsonWriter json(element);
  json.begin_object();
  json.member("name", name);
  json.end_object();
  CHECK(json.finish());
  CHECK(sink.is_finished);
  return sink.text;
}

const std::string kStart = R"(<script type="application/json" id="state">{"name":")";
const std::string kEnd = "\"}</script>";

/// What an answer has before and behind the state.
struct Html {
  explicit Html(const std::string &file, const PageBlob &page) {
    const std::string whole = gunzip(file).value_or("");
    start = whole.substr(0, page.start.size);
    rest = whole.substr(start.size());
  }
  std::string start;
  std::string rest;
};

} // namespace

TEST_CASE("the checksum of a text is that of its pieces, one after the other") {
  const std::string whole = "The quick brown fox jumps over the lazy dog";
  for (std::size_t at = 0; at <= whole.size(); ++at) {
    const auto all = bytes(whole);
    CHECK(crc32(all.subspan(at), crc32(all.first(at))) == 0x414FA339U);
  }
}

TEST_CASE("the checksum of joined texts follows from those of its parts") {
  const std::string a = "The quick brown fox ";
  const std::string b = "jumps over the lazy dog";
  // x^(8 * 23) modulo CRC-32's polynomial: b has 23 bytes.
  const std::uint32_t factor = 0x6BF1402CU;
  const std::string zeros(b.size(), '\0');
  CHECK((multiply_crc32(factor, crc32(bytes(a))) ^ crc32(bytes(b))) == 0x414FA339U);
  CHECK((multiply_crc32(factor, crc32(bytes(a))) ^ crc32(bytes(zeros))) == crc32(bytes(a + zeros)));
  CHECK(multiply_crc32(crc32(bytes(a)), factor) == multiply_crc32(factor, crc32(bytes(a))));
  // x^0
  CHECK(multiply_crc32(0x80000000U, 0x12345678U) == 0x12345678U);
  CHECK(multiply_crc32(0, 0x12345678U) == 0);
}

TEST_CASE("the page's header tells the checksums of its parts") {
  const std::string file = built_page();
  const auto page = read_page_blob(bytes(file));
  REQUIRE(page);
  const Html html(file, *page);
  CHECK(page->start.crc == crc32(bytes(html.start)));
  CHECK(page->whole_crc == crc32(bytes(html.start + html.rest)));
  CHECK(page->whole_size == html.start.size() + html.rest.size());
  CHECK(multiply_crc32(page->factor, page->start.crc) ==
        (page->whole_crc ^ crc32(bytes(html.rest))));
  CHECK(html.rest.starts_with("<script>"));
  CHECK(text(page->start.bytes) + text(page->rest) == file.substr(0, file.size() - 13));
}

TEST_CASE("the state goes before the scripts, and gzip finds all of it right") {
  const std::string file = built_page();
  const auto page = read_page_blob(bytes(file));
  REQUIRE(page);
  const Html html(file, *page);
  CHECK(gunzip(spliced(*page, "x")) == html.start + kStart + "x" + kEnd + html.rest);
}

TEST_CASE("a state of any length is right, also where a block is full") {
  const std::string file = built_page();
  const auto page = read_page_blob(bytes(file));
  REQUIRE(page);
  const Html html(file, *page);
  for (std::size_t size : {0, 1, 374, 375, 376, 383, 384, 385, 767, 768, 100'000}) {
    CAPTURE(size);
    const std::string name(size, 'n');
    CHECK(gunzip(spliced(*page, name)) == html.start + kStart + name + kEnd + html.rest);
  }
}

TEST_CASE("a piece that is longer than a stored block can be becomes several") {
  const std::string file = built_page();
  const auto page = read_page_blob(bytes(file));
  REQUIRE(page);
  const Html html(file, *page);
  for (const std::size_t size : {0xFFFE, 0xFFFF, 0x10000, 0x1FFFE, 0x1FFFF}) {
    CAPTURE(size);
    Gathered sink;
    sink.text = text(page->start.bytes);
    GzipSplice splice(sink, *page, page->start);
    CHECK(splice.finish(std::string(size, 's')));
    CHECK(gunzip(sink.text) == html.start + std::string(size, 's') + html.rest);
  }
}

TEST_CASE("each language goes before the state") {
  const std::string file = built_page();
  const auto page = read_page_blob(bytes(file));
  REQUIRE(page);
  const Html html(file, *page);
  int count = 0;
  for (const auto &entry : std::filesystem::directory_iterator(PAGE_DIR "/lang")) {
    CAPTURE(entry.path().string());
    const std::string texts = read(entry.path());
    const auto language = read_language_blob(bytes(texts));
    REQUIRE(language);
    const auto answer = gunzip(spliced(*page, "x", language));
    REQUIRE(answer);
    CHECK(answer->starts_with(html.start + "<script type=text/plain id=texts lang=" +
                              entry.path().stem().string() + " dir="));
    CHECK(answer->ends_with("</script>" + kStart + "x" + kEnd + html.rest));
    ++count;
  }
  CHECK(count == 18);
}

TEST_CASE("no name ends the state's element or begins a comment") {
  const std::string file = built_page();
  const auto page = read_page_blob(bytes(file));
  REQUIRE(page);
  const Html html(file, *page);
  const auto written = [&](const std::string &name) {
    const std::string answer = gunzip(spliced(*page, name)).value_or("");
    REQUIRE(answer.ends_with(html.rest));
    const std::size_t at = html.start.size() + kStart.size();
    return answer.substr(at, answer.size() - html.rest.size() - at);
  };
  CHECK(written("</script><!--") == "\\u003c/script>\\u003c!--" + kEnd);
  CHECK(written("\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA") == "\\u2028\\u2029\xE2\x80\xAA" + kEnd);
  // Also where the writer's buffer ends within.
  for (std::size_t before = 360; before < 390; ++before) {
    const std::string plain(before, 'n');
    CHECK(written(plain + "\xE2\x80\xA8<") == plain + "\\u2028\\u003c" + kEnd);
  }
}

TEST_CASE("a client that takes no more ends the splice") {
  const std::string file = built_page();
  const auto page = read_page_blob(bytes(file));
  REQUIRE(page);
  for (int room = 1; room <= 10; ++room) {
    CAPTURE(room);
    Gathered sink;
    sink.room = room;
    GzipSplice splice(sink, *page, page->start);
    StateElement element(splice);
    // Five pieces of two each, the rest of the page and the end; the first ten of these.
    CHECK_FALSE(
        (element.begin() && element.write("1") && element.write("2") && element.finish("3")));
    CHECK(sink.room == 0);
  }
}

TEST_CASE("a page that was not built for this firmware is refused") {
  const std::string file = built_page();
  REQUIRE(read_page_blob(bytes(file)));
  const auto is_refused = [](const std::string &damaged) {
    return !read_page_blob(bytes(damaged));
  };

  constexpr std::size_t kComment = 32;
  const std::size_t header = file.find('\0', kComment) + 1;
  for (std::size_t size = 0; size < header + 13; ++size) {
    CAPTURE(size);
    CHECK(is_refused(file.substr(0, size)));
  }
  CHECK(is_refused(file.substr(0, file.size() - 1)));
  CHECK(is_refused(file + '\0'));
  const auto changed = [&](std::size_t at, char c) {
    std::string damaged = file;
    damaged[at] = c;
    return damaged;
  };
  CHECK(is_refused(changed(0, 0)));
  CHECK(is_refused(changed(3, 0)));
  CHECK(is_refused(changed(10, 0)));
  CHECK(is_refused(changed(12, 'X')));
  CHECK(is_refused(changed(17, 0x7F))); // the scripts would begin beyond the end
  CHECK(is_refused(changed(kComment, '\0')));
  CHECK(is_refused(changed(kComment + 5, '\n')));
  // As 1.0 had it: its last block is not empty.
  CHECK(is_refused(changed(file.size() - 13, 3)));
}

TEST_CASE("a language's file that is not whole is refused") {
  const std::string file = read(PAGE_DIR "/lang/de.deflate");
  CHECK(read_language_blob(bytes(file)));
  CHECK_FALSE(read_language_blob({}));
  CHECK_FALSE(read_language_blob(bytes(file.substr(0, file.size() - 1))));
  CHECK_FALSE(read_language_blob(bytes(file.substr(file.size() - 13))));
}
