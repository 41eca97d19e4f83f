#include <doctest/doctest.h>

#include <algorithm>

#include "kernel/guardian/daemon.h"
#include "kernel/guardian/protocol.h"

using namespace egressc;
using namespace egressc::kernel;
using Kind = GuardianAnswer::Kind;

TEST_CASE("requests are words, and nothing else is one") {
  for (const auto request : {GuardianRequest::status, GuardianRequest::confirm, GuardianRequest::rollback})
    CHECK(request_of(to_words(request)) == request);
  for (const std::string_view other : {"", "Confirm", "confirm ", "confirm\n", "rollback now", "\xff\xfe"})
    CHECK_FALSE(request_of(other));
}

TEST_CASE("answers come out as they went in") {
  const GuardianAnswer answers[] = {
      {Kind::applying, 1, {}, ""},
      {Kind::waiting, 4711, std::chrono::milliseconds(59340), ""},
      {Kind::confirmed, 4711, {}, ""},
      {Kind::confirmed, 4711, {}, "/var/lib/egressc: No space left on device"},
      {Kind::changed, 4711, std::chrono::milliseconds(1500), ""},
      {Kind::undone, 4711, {}, ""},
      {Kind::not_undone, 4711, {}, "libnftables: out of memory"},
  };
  for (const GuardianAnswer& answer : answers) {
    const auto read = answer_of(to_words(answer));
    REQUIRE(read);
    CHECK(read->kind == answer.kind);
    CHECK(read->pid == answer.pid);
    CHECK(read->left == answer.left);
    CHECK(read->message == answer.message);
  }
  CHECK(to_words(answers[1]) == "waiting 4711 59340");
  CHECK(to_words(answers[3]) == "confirmed 4711 /var/lib/egressc: No space left on device");
  const std::string words = to_words({Kind::not_undone, 1, {}, "a\x1b[2J\n" + std::string(100'000, 'x')});
  CHECK(words.size() <= longest_words);
  CHECK(words.find('\x1b') == words.npos);
}

TEST_CASE("what is no answer is none") {
  for (const std::string_view other :
       {"", "nobody", "nobody 1", "waiting", "waiting 1", "waiting 1 ", "waiting x 5", "waiting 1 5s", "waiting -1 5",
        "waiting 1 99999999999999999999", "Undone 1", "undone 99999999999"})
    CHECK_FALSE(answer_of(other));
}

TEST_CASE("the scope is asked for as busctl(1) wants it") {
  const auto arguments = scope_arguments(4711);
  const auto signature = std::find(arguments.begin(), arguments.end(), "ssa(sv)a(sa(sv))");
  REQUIRE(signature != arguments.end());
  const std::vector<std::string> rest(signature + 1, arguments.end());
  CHECK(rest == std::vector<std::string>{"egressc-guard-4711.scope", "fail", "4", "Description", "s",
                                         "egressc: takes a change of the packet filter back unless it is confirmed",
                                         "PIDs", "au", "1", "4711", "CollectMode", "s", "inactive-or-failed",
                                         "KillSignal", "i", "9", "0"});
}
