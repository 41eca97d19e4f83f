// zstd and xz: what is decoded, and what is said of what cannot be. Of gzip see there.
#include <doctest/doctest.h>
#include <lzma.h>
#include <zstd.h>

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

std::string zstd(std::string_view text, int window = 0) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  if (window != 0) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  }
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  ZSTD_outBuffer written{out.data(), out.size(), 0};
  // A stream of unknown length has the window that was asked for.
  REQUIRE(!ZSTD_isError(ZSTD_compressStream2(context, &written, &in, ZSTD_e_continue)));
  REQUIRE(ZSTD_compressStream2(context, &written, &in, ZSTD_e_end) == 0);
  out.resize(written.pos);
  ZSTD_freeCCtx(context);
  return out;
}

std::string xz(std::string_view text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  REQUIRE(lzma_easy_buffer_encode(3, LZMA_CHECK_CRC32, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()),
                                  text.size(), reinterpret_cast<std::uint8_t*>(out.data()), &size,
                                  out.size()) == LZMA_OK);
  out.resize(size);
  return out;
}

const std::string skippable("\x50\x2a\x4d\x18\x04\x00\x00\x00skip", 12);

}  // namespace

TEST_CASE("zstd and xz are known by their content, and frames and streams follow each other") {
  const TemporaryDirectory directory;
  const std::string long_text = numbered_lines(100'000);
  struct Case {
    std::string data;
    std::string text;
  };
  const Case cases[] = {
      {zstd(""), ""},
      {zstd("a\nb\n"), "a\nb\n"},
      {zstd("one\ntw") + zstd("") + zstd("o\n"), "one\ntwo\n"},
      {skippable + zstd("one\n") + skippable, "one\n"},
      {zstd(long_text) + zstd(long_text), long_text + long_text},
      {xz(""), ""},
      {xz("a\nb\n"), "a\nb\n"},
      {xz("one\ntw") + xz("") + xz("o\n"), "one\ntwo\n"},
      {xz("one\n") + "\0\0\0\0"s + xz("two\n") + "\0\0\0\0"s, "one\ntwo\n"},
      {xz(long_text) + xz(long_text), long_text + long_text},
  };
  for (const Case& c : cases) {
    const Outcome outcome = read_text(directory.write("kern.log.1", c.data));
    CHECK(outcome.failure == "");
    CHECK((outcome.text == c.text));
  }
}

TEST_CASE("UTF-16 with a byte order mark becomes UTF-8") {
  const TemporaryDirectory directory;
  struct Case {
    std::string data;
    std::string text;
  };
  std::string long_data = "\xff\xfe";
  const std::string long_text = numbered_lines(100'000);
  for (const char c : long_text) long_data += {c, '\0'};
  const Case cases[] = {
      {"\xff\xfe"s, ""},
      {"\xff\xfe"
       "a\0\r\0\n\0"s,
       "a\r\n"},
      {"\xfe\xff\0a\0\n"s, "a\n"},
      {"\xff\xfe\xe4\0\xac\x20\x3d\xd8\x00\xde"s, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
      {"\xff\xfe\x00\xd8"
       "a\0\x00\xdc"s,
       "\xef\xbf\xbd"
       "a\xef\xbf\xbd"},                      // halves of pairs
      {"\xff\xfe\x0a\x0a"s, "\xe0\xa8\x8a"},  // no line feeds
      {long_data, long_text},
  };
  for (const Case& c : cases) {
    const Outcome outcome = read_text(directory.write("agent.log", c.data));
    CHECK(outcome.failure == "");
    CHECK((outcome.text == c.text));
  }
  for (const std::string& cut : {"\xff\xfe"
                                 "a\0b"s,
                                 "\xff\xfe"
                                 "a\0\x3d\xd8"s}) {
    const Outcome outcome = read_text(directory.write("agent.log", cut));
    CHECK(outcome.failure.ends_with("agent.log: the UTF-16 data ends too early, after 1 bytes of text"));
  }
}

TEST_CASE("what is cut off or damaged is a failure that says how far it was good") {
  const TemporaryDirectory directory;
  const std::string path = directory / "kern.log.2";
  const auto failure = [&](const std::string& data) {
    directory.write("kern.log.2", data);
    return read_text(path).failure;
  };
  const std::string whole_zstd = zstd("type=SYSCALL\n");
  const std::string whole_xz = xz("type=SYSCALL\n");
  CHECK(failure(whole_zstd.substr(0, 6)) == path + ": the zstd data ends too early, after 0 bytes of text");
  CHECK(failure(whole_zstd.substr(0, whole_zstd.size() - 1))
            .starts_with(path + ": the zstd data ends too early, after "));
  CHECK(failure(whole_zstd + whole_zstd.substr(0, 7)) ==
        path + ": the zstd data ends too early, after 13 bytes of text");
  CHECK(failure(whole_zstd + "trailing") == path + ": the zstd data is damaged, after 13 bytes of text");
  CHECK(failure(whole_xz.substr(0, 6)) == path + ": the xz data ends too early, after 0 bytes of text");
  CHECK(failure(whole_xz.substr(0, whole_xz.size() - 1)) ==
        path + ": the xz data ends too early, after 13 bytes of text");
  CHECK(failure(whole_xz + "trailing bytes") == path + ": the xz data is damaged, after 13 bytes of text");
  std::string wrong_sum = whole_zstd;
  wrong_sum.back() = static_cast<char>(wrong_sum.back() ^ 1);
  CHECK(failure(wrong_sum).starts_with(path + ": the zstd data is damaged, after "));
}

TEST_CASE("a window of two gigabytes is refused, and a bomb takes no memory") {
  const TemporaryDirectory directory;
  const Outcome refused = read_text(directory.write("long.zst", zstd("type=SYSCALL\n", 31)));
  CHECK(refused.failure.find("needs more than 128 MiB to be decoded") != std::string::npos);

  for (const auto compress :
       {+[](std::string_view text) { return zstd(text); }, +[](std::string_view text) { return xz(text); }}) {
    const std::string member = compress(std::string(std::size_t{32} << 20, 'x'));
    std::string bomb = compress("first\n");
    for (int i = 0; i < 8; ++i) bomb += member;
    bomb += compress("\nlast\n");
    REQUIRE(bomb.size() < 1 << 20);
    const Outcome outcome = read_text(directory.write("bomb", bomb));
    CHECK(outcome.failure.empty());
    CHECK(outcome.text == "first\n\nlast\n");
    CHECK(outcome.overlong == 1);
  }
}
