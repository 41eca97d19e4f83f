#include "support/passwd.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "support/terminal.h"
#include "temporary_directory.h"

using namespace egressc;

TEST_CASE("names and numbers of passwd(5) and group(5)") {
  Diagnostics diagnostics;
  const NameIds ids = parse_name_ids(
      "root:x:0:0:root:/root:/bin/bash\r\n"
      "# a comment\n"
      "\n"
      "+::::::\n"
      "-@banned::::::\n"
      "agent:x:61001:61001::/nonexistent:/usr/sbin/nologin\n"
      "agent:x:61001:61001::/nonexistent:/usr/sbin/nologin\n"
      "adm:x:4:syslog,agent\n"
      "last:x:4294967294:",
      "passwd", diagnostics);
  CHECK(diagnostics.all().empty());
  CHECK(ids == NameIds{{"root", 0}, {"agent", 61001}, {"adm", 4}, {"last", 4294967294}});
}

TEST_CASE("wrong lines are errors that say where") {
  struct Row {
    std::string_view text;
    std::uint32_t line;
    std::uint32_t column;
    std::string_view message;
  };
  const Row rows[] = {
      {"root", 1, 0, "not a line of passwd(5) or group(5)"},
      {"ok:x:1:\nroot:x:0", 2, 0, "not a line of passwd(5) or group(5)"},
      {":x:1:", 1, 1, "the name is empty"},
      {"a:x::1", 1, 5, "the third field is no number from 0 to 4294967294"},
      {"a:x:1x:1", 1, 5, "the third field is no number from 0 to 4294967294"},
      {"a:x:-1:1", 1, 5, "the third field is no number from 0 to 4294967294"},
      {"a:x: 1:1", 1, 5, "the third field is no number from 0 to 4294967294"},
      {"a:x:4294967295:1", 1, 5, "the third field is no number from 0 to 4294967294"},
      {"a:x:99999999999999999999:1", 1, 5, "the third field is no number from 0 to 4294967294"},
      {"a:x:1:\na:x:2:", 2, 5, "\"a\" was 1 before"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Diagnostics diagnostics;
    parse_name_ids(row.text, "users", diagnostics);
    REQUIRE(diagnostics.all().size() == 1);
    const Diagnostic& diagnostic = diagnostics.all().front();
    CHECK(diagnostic.severity == Severity::error);
    CHECK(diagnostic.where == Location{"users", row.line, row.column});
    CHECK(diagnostic.message == row.message);
  }
}

TEST_CASE("the file itself may be missing") {
  const test::TemporaryDirectory directory;
  Diagnostics diagnostics;
  const auto missing = read_name_ids(directory / "passwd", diagnostics);
  REQUIRE(!missing);
  CHECK(missing.failure().message == directory / "passwd" + ": No such file or directory");
  const auto ids = read_name_ids(directory.write("passwd", "a:x:1:1:::\n"), diagnostics);
  REQUIRE(ids);
  CHECK(*ids == NameIds{{"a", 1}});
  CHECK(diagnostics.all().empty());
}

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
