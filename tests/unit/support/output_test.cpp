#include "support/output.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "support/descriptor.h"
#include "support/terminal.h"
#include "temporary_directory.h"

using namespace egressc;
using test::read;
using test::TemporaryDirectory;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat status;
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::string failure_of(const Result<Done>& result) { return result ? "" : result.failure().message; }

// Runs `action` while `fd` is another file.
template <typename Action>
void with_descriptor(int fd, int other, Action action) {
  const Descriptor saved(::dup(fd));
  ::dup2(other, fd);
  action();
  ::dup2(saved.get(), fd);
}

}  // namespace

TEST_CASE("a new file has the mode that the umask leaves") {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(027);
  CHECK(write_file_atomically(directory / "policy.nft", "table\n"));
  ::umask(before);
  CHECK(read(directory / "policy.nft") == "table\n");
  CHECK(mode_of(directory / "policy.nft") == 0640);
  CHECK(directory.size() == 1);
}

TEST_CASE("an old file gives its mode and, to root, its owner") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("policy.nft", "old");
  REQUIRE(::chmod(path.c_str(), 0660) == 0);
  const bool root = ::geteuid() == 0;
  if (root) REQUIRE(::chown(path.c_str(), 61001, 61002) == 0);
  CHECK(write_file_atomically(path, "new"));
  CHECK(read(path) == "new");
  CHECK(mode_of(path) == 0660);
  struct stat status;
  REQUIRE(::stat(path.c_str(), &status) == 0);
  if (root) CHECK(status.st_uid == 61001);
  if (root) CHECK(status.st_gid == 61002);
  CHECK(directory.size() == 1);
}

TEST_CASE("a symbolic link stays") {
  const TemporaryDirectory directory;
  const std::string target = directory.write("target", "old");
  const std::string link = directory / "link";
  REQUIRE(::symlink("target", link.c_str()) == 0);
  CHECK(write_file_atomically(link, "new"));
  CHECK(read(target) == "new");
  CHECK(std::filesystem::is_symlink(link));
  const std::string dangling = directory / "dangling";
  REQUIRE(::symlink("nowhere", dangling.c_str()) == 0);
  CHECK(failure_of(write_file_atomically(dangling, "x")) == dangling + ": the symbolic link leads nowhere");
  CHECK(directory.size() == 3);
}

TEST_CASE("in a directory that others can write no link is followed, and nothing of theirs is written to") {
  const TemporaryDirectory directory;
  const std::string mine = directory.write("mine", "old");
  const std::string shared = directory / "shared";
  REQUIRE(::mkdir(shared.c_str(), 0700) == 0);
  REQUIRE(::chmod(shared.c_str(), 01777) == 0);
  const std::string inner = directory / "inner";
  REQUIRE(::mkdir(inner.c_str(), 0700) == 0);
  REQUIRE(::symlink("../mine", (shared + "/link").c_str()) == 0);
  REQUIRE(::symlink("../inner", (shared + "/sub").c_str()) == 0);
  REQUIRE(::symlink("shared/link", (directory / "far").c_str()) == 0);
  const std::string says = " is a symbolic link in a directory that others can write: name the file that it leads to";
  CHECK(failure_of(write_file_atomically(shared + "/link", "new")) == shared + "/link: link" + says);
  CHECK(failure_of(write_file_atomically(shared + "/sub/new", "new")) == shared + "/sub/new: sub" + says);
  CHECK(failure_of(write_file_atomically(directory / "far", "new")) == directory / "far: link" + says);
  CHECK(read(mine) == "old");
  CHECK(std::filesystem::is_empty(inner));
  CHECK(write_file_atomically(shared + "/own", "one"));
  CHECK(write_file_atomically(shared + "/own", "two"));
  CHECK(read(shared + "/own") == "two");
  if (::geteuid() != 0) return;
  const std::string theirs = shared + "/theirs";
  CHECK(write_file_atomically(theirs, "old"));
  REQUIRE(::chown(theirs.c_str(), 61001, 61001) == 0);
  CHECK(failure_of(write_file_atomically(theirs, "new")) ==
        theirs + ": it belongs to another user, in a directory that others can write");
  CHECK(read(theirs) == "old");
  // The directory of another user is as good as a shared one, and what is his in it was his before.
  REQUIRE(::chmod(shared.c_str(), 0755) == 0);
  REQUIRE(::chown(shared.c_str(), 61001, 61001) == 0);
  CHECK(failure_of(write_file_atomically(shared + "/link", "new")) == shared + "/link: link" + says);
  CHECK(write_file_atomically(theirs, "new"));
}

TEST_CASE("links are followed one by one") {
  const TemporaryDirectory directory;
  REQUIRE(::mkdir((directory / "a").c_str(), 0700) == 0);
  REQUIRE(::symlink("../file", (directory / "a/up").c_str()) == 0);
  REQUIRE(::symlink("./a//up", (directory / "two").c_str()) == 0);
  REQUIRE(::symlink((directory / "two").c_str(), (directory / "three").c_str()) == 0);
  REQUIRE(::symlink("loop", (directory / "loop").c_str()) == 0);
  const std::string file = directory.write("file", "old");
  CHECK(write_file_atomically(directory / "three", "new"));
  CHECK(read(file) == "new");
  REQUIRE(::symlink("a", (directory / "b").c_str()) == 0);
  CHECK(write_file_atomically(directory / "b/made", "new"));
  CHECK(read(directory / "a/made") == "new");
  CHECK(failure_of(write_file_atomically(directory / "loop", "x")) ==
        directory / "loop: Too many levels of symbolic links");
  CHECK(failure_of(write_file_atomically(file + "/", "x")) == file + "/: Not a directory");
  CHECK(failure_of(write_file_atomically("", "x")) == ": No such file or directory");
}

TEST_CASE("what killed processes left half written goes") {
  const TemporaryDirectory directory;
  directory.write(".egressc-1-0", "ha");
  directory.write(".egressc-22-3", "");
  directory.write("current", "whole");
  remove_staged_files(directory / "");
  CHECK(directory.size() == 1);
  CHECK(read(directory / "current") == "whole");
  remove_staged_files(directory / "none");
}

TEST_CASE("what fails changes nothing and leaves nothing behind") {
  const TemporaryDirectory directory;
  const std::string inner = directory / "inner";
  REQUIRE(::mkdir(inner.c_str(), 0755) == 0);
  CHECK(failure_of(write_file_atomically(inner, "x")) == inner + ": Is a directory");
  CHECK(failure_of(write_file_atomically(directory / "no/where", "x")) ==
        directory / "no/where: No such file or directory");
  const std::string file = directory.write("file", "old");
  CHECK(failure_of(write_file_atomically(file + "/x", "x")) == file + "/x: Not a directory");
  if (::geteuid() != 0) {
    REQUIRE(::chmod(file.c_str(), 0400) == 0);
    CHECK(failure_of(write_file_atomically(file, "x")) == file + ": Permission denied");
    REQUIRE(::chmod(inner.c_str(), 0500) == 0);
    CHECK(failure_of(write_file_atomically(inner + "/x", "x")) == inner + "/: Permission denied");
  }
  CHECK(read(file) == "old");
  CHECK(directory.size() == 2);
}

TEST_CASE("pipes and devices are written to as they are") {
  const TemporaryDirectory directory;
  const std::string path = directory / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::string received;
  std::thread reader([&] { received = read(path); });
  const auto written = write_file_atomically(path, "through\n");
  reader.join();
  CHECK(written);
  CHECK(received == "through\n");
  CHECK(std::filesystem::is_fifo(path));
  CHECK(write_file_atomically("/dev/null", "x"));
  CHECK(failure_of(write_file_atomically("/dev/full", "x")) == "/dev/full: No space left on device");
}

TEST_CASE("/dev/stdout is the standard output, also where that is a file") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("out", "before\n");
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND));
  bool good = false;
  with_descriptor(STDOUT_FILENO, file.get(), [&] {
    good = write_file_atomically("/dev/stdout", "one\n") && write_file_atomically("/dev/fd/1", "two\n") &&
           write_stdout("three\n");
  });
  CHECK(good);
  CHECK(read(path) == "before\none\ntwo\nthree\n");
}

TEST_CASE("standard output that cannot be written is a failure, not a signal") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  const Descriptor broken(ends[1]);
  std::string message;
  with_descriptor(STDOUT_FILENO, broken.get(), [&] { message = failure_of(write_stdout("x")); });
  CHECK(message == "standard output: Broken pipe");
  const Descriptor full(::open("/dev/full", O_WRONLY));
  with_descriptor(STDOUT_FILENO, full.get(), [&] { message = failure_of(write_stdout("x")); });
  CHECK(message == "standard output: No space left on device");
  with_descriptor(STDOUT_FILENO, full.get(), [&] { message = failure_of(write_stdout("")); });
  CHECK(message.empty());
}

TEST_CASE("a directory gets all files or none") {
  const TemporaryDirectory directory;
  const std::string out = directory / "out";
  const std::vector<OutputFile> files = {{"a.nft", "a"}, {"b.v4", "b"}};
  CHECK(write_directory(out, files));
  CHECK(write_directory(out, files));
  CHECK(read(out + "/a.nft") == "a");
  CHECK(read(out + "/b.v4") == "b");

  const std::string blocked = directory / "blocked";
  REQUIRE(::mkdir(blocked.c_str(), 0755) == 0);
  REQUIRE(::mkdir((blocked + "/b.v4").c_str(), 0755) == 0);
  CHECK(failure_of(write_directory(blocked, files)) == blocked + "/b.v4: Is a directory");
  CHECK(std::distance(std::filesystem::directory_iterator(blocked), std::filesystem::directory_iterator()) == 1);

  const std::vector<OutputFile> wrong = {{"a.nft", "a"}, {"no/b", "b"}};
  CHECK(failure_of(write_directory(directory / "new", wrong)) == directory / "new/no/b: No such file or directory");
  CHECK(!std::filesystem::exists(directory / "new"));
  const std::string file = directory.write("file", "x");
  CHECK(failure_of(write_directory(file, files)) == file + ": Not a directory");
}

TEST_CASE("colors") {
  CHECK(parse_color_mode("auto") == ColorMode::automatic);
  CHECK(parse_color_mode("always") == ColorMode::always);
  CHECK(parse_color_mode("never") == ColorMode::never);
  CHECK(!parse_color_mode("Auto"));
  CHECK(use_color(ColorMode::always, -1));
  CHECK(!use_color(ColorMode::never, STDERR_FILENO));

  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) return;
  const Descriptor closes(terminal);
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  CHECK(use_color(ColorMode::automatic, terminal));
  const Descriptor null(::open("/dev/null", O_WRONLY));
  CHECK(!use_color(ColorMode::automatic, null.get()));
  ::setenv("NO_COLOR", "", 1);
  CHECK(use_color(ColorMode::automatic, terminal));
  ::setenv("NO_COLOR", "1", 1);
  CHECK(!use_color(ColorMode::automatic, terminal));
  CHECK(use_color(ColorMode::always, terminal));
  ::unsetenv("NO_COLOR");
  ::setenv("TERM", "dumb", 1);
  CHECK(!use_color(ColorMode::automatic, terminal));
}

using namespace egressc;

namespace {

bool is_free(const std::string& path) {
  const auto lock = LockFile::take(path);
  REQUIRE(lock);
  return lock->has_value();
}

}  // namespace

TEST_CASE("a lock is held once, and until its end") {
  const test::TemporaryDirectory directory;
  const std::string path = directory / "lock";
  {
    const auto lock = LockFile::take(path);
    REQUIRE(lock);
    REQUIRE(lock->has_value());
    CHECK_FALSE(is_free(path));
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
  CHECK(is_free(path));
}

TEST_CASE("a lock of another process ends with it, however that ends") {
  const test::TemporaryDirectory directory;
  const std::string path = directory / "lock";
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto lock = LockFile::take(path);
    const char held = lock && lock->has_value() ? 'y' : 'n';
    (void)!::write(ready[1], &held, 1);
    ::pause();
    ::_exit(0);
  }
  char held = 0;
  CHECK(::read(ready[0], &held, 1) == 1);
  CHECK(held == 'y');
  CHECK_FALSE(is_free(path));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(is_free(path));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("what is no file is no lock") {
  const test::TemporaryDirectory directory;
  directory.write("file", "");
  std::filesystem::create_symlink(directory / "file", directory / "link");
  for (const std::string& path : {directory.path(), directory / "link", directory / "missing/lock"}) {
    const auto lock = LockFile::take(path);
    REQUIRE_FALSE(lock);
    CHECK(lock.failure().message.starts_with(path + ": "));
  }
}
