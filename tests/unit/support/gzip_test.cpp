#include <doctest/doctest.h>
#include <zlib.h>

#include <string>
#include <string_view>

#include "support/input.h"
#include "support/lines_fixture.h"
#include "temporary_directory.h"

using namespace egressc;
using namespace std::string_literals;
using lines_fixture::numbered_lines;
using lines_fixture::Outcome;
using lines_fixture::read_text;
using test::TemporaryDirectory;

namespace {

std::string gzip(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("gzip is known by its content, and members follow each other") {
  const TemporaryDirectory directory;
  const std::string long_text = numbered_lines(200'000);
  REQUIRE(long_text.size() > 3 * max_line);
  struct Row {
    std::string data;
    std::string text;
  };
  const Row rows[] = {
      {gzip(""), ""},
      {gzip("a\nb\n"), "a\nb\n"},
      {gzip("no newline"), "no newline"},
      {gzip("one\ntw") + gzip("") + gzip("o\n"), "one\ntwo\n"},
      {gzip("padded\n") + std::string(512, '\0'), "padded\n"},
      {gzip(long_text) + gzip(long_text), long_text + long_text},
  };
  for (const Row& row : rows) {
    const Outcome outcome = read_text(directory.write("looks-like-text.log", row.data));
    CHECK(outcome.failure.empty());
    CHECK((outcome.text == row.text));
  }
}

TEST_CASE("the head of gzip is its text") {
  const TemporaryDirectory directory;
  const std::string text = numbered_lines(10'000);
  auto input = LineInput::open(directory.write("log.gz", gzip(text)));
  REQUIRE(input);
  CHECK((input->head() == std::string_view(text).substr(0, head_size)));
}

TEST_CASE("gzip that is cut off or damaged is a failure that says how far it was good") {
  const TemporaryDirectory directory;
  const std::string path = directory / "audit.log.2.gz";
  const std::string whole = gzip("type=SYSCALL\n");
  const auto failure = [&](const std::string& data) {
    directory.write("audit.log.2.gz", data);
    return read_text(path).failure;
  };
  const std::string too_early = path + ": the gzip data ends too early, after ";
  const std::string damaged = path + ": the gzip data is damaged, after ";
  CHECK(failure(whole.substr(0, 2)) == too_early + "0 bytes of text");
  CHECK(failure(whole.substr(0, 9)) == too_early + "0 bytes of text");
  CHECK(failure(whole.substr(0, whole.size() - 1)) == too_early + "13 bytes of text");
  CHECK(failure(whole + whole.substr(0, 5)) == too_early + "13 bytes of text");
  CHECK(failure(whole + "trailing") == damaged + "13 bytes of text");
  CHECK(failure(whole + "\0\0"s + whole) == damaged + "13 bytes of text");
  CHECK(failure("\x1f\x8b\xff not gzip at all") == damaged + "0 bytes of text");
  std::string wrong_sum = whole;
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  CHECK(failure(wrong_sum) == damaged + "13 bytes of text");

  const std::string long_text = numbered_lines(100'000);
  const std::string cut = gzip(long_text).substr(0, 100'000);
  directory.write("audit.log.2.gz", cut);
  const Outcome outcome = read_text(path);
  CHECK(outcome.failure.starts_with(too_early));
  CHECK(outcome.text.size() > max_line / 2);
  CHECK(long_text.starts_with(outcome.text));
}

TEST_CASE("a line of a gigabyte in a small file takes no memory") {
  const TemporaryDirectory directory;
  const std::string member = gzip(std::string(std::size_t{64} << 20, 'x'));
  std::string bomb = gzip("first\n");
  for (int i = 0; i < 16; ++i) bomb += member;
  bomb += gzip("\nlast\n");
  REQUIRE(bomb.size() < 2 << 20);
  const Outcome outcome = read_text(directory.write("bomb.gz", bomb));
  CHECK(outcome.failure.empty());
  CHECK(outcome.text == "first\n\nlast\n");
  CHECK(outcome.overlong == 1);
}
