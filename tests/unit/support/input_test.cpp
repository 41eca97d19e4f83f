#include "support/input.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "temporary_directory.h"

using namespace egressc;
using test::TemporaryDirectory;

namespace {

// Joins what next() gives out, and checks what it promises of each block.
std::string read_all(LineInput& input) {
  std::string text;
  std::string_view lines;
  for (;;) {
    const auto more = input.next(lines);
    REQUIRE(more);
    if (!*more) return text;
    REQUIRE(!lines.empty());
    if (!text.empty()) REQUIRE(text.back() == '\n');
    text += lines;
  }
}

LineInput opened(const std::string& path) {
  auto input = LineInput::open(path);
  REQUIRE(input);
  return std::move(*input);
}

}  // namespace

TEST_CASE("a file comes back as it is, with its head") {
  const TemporaryDirectory directory;
  for (const std::string_view text :
       {"", "\n", "a", "a\n", "a\nb", "a\r\n\r\nb\r\n", "\x1f", "\x1f\n", "\x1f\xffx\n"}) {
    CAPTURE(text);
    LineInput input = opened(directory.write("log", text));
    CHECK(input.head() == text);
    CHECK(read_all(input) == text);
    std::string_view lines;
    CHECK(*input.next(lines) == false);
    CHECK(input.overlong_lines() == 0);
  }
}

TEST_CASE("a file that is longer than the buffer comes in blocks of whole lines") {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "a line " + std::to_string(i) + "\n";
  REQUIRE(text.size() > 3 * max_line);
  const TemporaryDirectory directory;
  LineInput input = opened(directory.write("log", text));
  CHECK(input.head() == std::string_view(text).substr(0, head_size));
  CHECK(read_all(input) == text);
}

TEST_CASE("a line that is too long is an empty one, is counted, and takes no other with it") {
  struct Row {
    std::size_t length;
    bool ends;
    bool kept;
  };
  const Row rows[] = {
      {max_line - 1, true, true},   {max_line, true, true},       {max_line, false, true},
      {max_line + 1, true, false},  {max_line + 1, false, false}, {5 * max_line + 17, true, false},
      {3 * max_line, false, false},
  };
  const TemporaryDirectory directory;
  for (const Row& row : rows) {
    CAPTURE(row.length);
    CAPTURE(row.ends);
    const std::string line(row.length, 'x');
    const std::string after = row.ends ? "\nlast\n" : "";
    LineInput input = opened(directory.write("log", "first\nsecond\n" + line + after));
    const std::string text = read_all(input);
    CHECK((text == "first\nsecond\n" + (row.kept ? line : "") + after));
    CHECK(input.overlong_lines() == (row.kept ? 0 : 1));
  }
}

TEST_CASE("several lines that are too long") {
  const std::string line(2 * max_line, 'x');
  const TemporaryDirectory directory;
  LineInput input = opened(directory.write("log", line + "\na\n" + line + "\n" + line + "\nb"));
  CHECK(read_all(input) == "\na\n\n\nb");
  CHECK(input.overlong_lines() == 3);
}

TEST_CASE("a pipe gives what is there, whatever the writes") {
  const TemporaryDirectory directory;
  const std::string path = directory / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const std::string big(max_line / 2, 'y');
  const std::vector<std::string> writes = {"o", "ne\ntw", "o\n", big, big, "\n", "end"};
  std::string sent;
  for (const std::string& part : writes) sent += part;
  std::thread writer([&] {
    const Descriptor pipe(::open(path.c_str(), O_WRONLY));
    for (const std::string& part : writes) write_all(pipe.get(), part);
  });
  LineInput input = opened(path);
  CHECK(input.head() == std::string_view(sent).substr(0, head_size));
  const bool same = read_all(input) == sent;
  writer.join();
  CHECK(same);
}

TEST_CASE("standard input is \"-\"") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("log", "a\nb\n");
  const Descriptor saved(::dup(STDIN_FILENO));
  {
    const Descriptor file(::open(path.c_str(), O_RDONLY));
    ::dup2(file.get(), STDIN_FILENO);
  }
  LineInput input = opened("-");
  ::dup2(saved.get(), STDIN_FILENO);
  CHECK(input.head() == "a\nb\n");
  CHECK(read_all(input) == "a\nb\n");
}

TEST_CASE("what cannot be read says why") {
  const TemporaryDirectory directory;
  const auto message = [](const std::string& path) {
    const auto input = LineInput::open(path);
    REQUIRE(!input);
    return input.failure().message;
  };
  const std::string missing = directory / "missing.log";
  CHECK(message(missing) == missing + ": No such file or directory");
  CHECK(message("no\x1b[31m.log") == "no\\x1b[31m.log: No such file or directory");
  CHECK(message(directory.path()) == directory.path() + " is a directory: name its files");
  directory.write("b.log", "");
  directory.write("a.log", "");
  directory.write(".hidden", "");
  CHECK(message(directory.path()) ==
        directory.path() + " is a directory: name its files, for example " + directory.path() + "/a.log");
  CHECK(message(directory.path() + "/") ==
        directory.path() + "/ is a directory: name its files, for example " + directory.path() + "/a.log");
  const std::string locked = directory.write("locked.log", "x");
  ::chmod(locked.c_str(), 0);
  if (::geteuid() != 0) CHECK(message(locked) == locked + ": Permission denied");
}

TEST_CASE("rest() is bounded") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("policy.yaml", "one\ntwo\n");
  const auto rest = [](const std::string& file, std::size_t limit) { return opened(file).rest(limit); };
  CHECK(*rest(path, 8) == "one\ntwo\n");
  CHECK(rest(path, 7).failure().message == path + ": longer than 7 bytes");
  const std::string wide = directory.write("wide.yaml", "\n" + std::string(max_line + 1, ' ') + "\n");
  CHECK(rest(wide, 8 * max_line).failure().message == wide + ": line 2 is longer than 1048576 bytes");
}

TEST_CASE("what is read as a whole is a regular file, or was given open") {
  const test::TemporaryDirectory directory;
  const std::string pipe = directory / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const std::string why = ": a pipe or a device, and only a log is read from one: give a file, or <(command)";
  const auto failure = [](const std::string& path) {
    const auto text = read_text(path, 100);
    return text ? "" : text.failure().message;
  };
  CHECK(failure(pipe) == pipe + why);  // and nobody waits for a writer
  CHECK(failure("/dev/zero") == "/dev/zero" + why);
  const std::string file = directory.write("file", "text");
  CHECK(*read_text(file, 100) == "text");
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "given", 5) == 5);
  ::close(ends[1]);
  const auto given = read_text("/dev/fd/" + std::to_string(ends[0]), 100);
  ::close(ends[0]);
  REQUIRE(given);
  CHECK(*given == "given");
}
