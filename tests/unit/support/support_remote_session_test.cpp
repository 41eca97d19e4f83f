#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "support/remote_session.h"

using namespace egressc;

TEST_CASE("a variable that sshd sets tells of it, whatever it says") {
  const char* const before = std::getenv("SSH_CONNECTION");
  const std::string kept = before == nullptr ? "" : before;
  for (const char* value : {"192.0.2.1 50000 192.0.2.2 22", ""}) {
    ::setenv("SSH_CONNECTION", value, 1);
    CHECK(in_ssh_session());
  }
  ::unsetenv("SSH_CONNECTION");
  // Without it the processes that this one descends from tell: the same each time.
  CHECK(in_ssh_session() == in_ssh_session());
  if (before != nullptr) ::setenv("SSH_CONNECTION", kept.c_str(), 1);
}
