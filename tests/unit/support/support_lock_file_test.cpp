#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "support/lock_file.h"
#include "temporary_directory.h"

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
