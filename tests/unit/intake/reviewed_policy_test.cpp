#include <doctest/doctest.h>

#include "deploy/change_fixture.h"
#include "intake/policy_file.h"

using namespace egressc;
using namespace egressc::deploy;
using namespace egressc::test;

namespace {

// What is said against it; "" if it was read.
std::string refusal(const std::string& word) {
  Diagnostics diagnostics;
  const auto policy = read_reviewed_policy(word, "apply", nullptr, diagnostics);
  REQUIRE_MESSAGE(policy, policy.failure().message);
  CHECK(policy->has_value() != diagnostics.has_errors());
  return policy->has_value() ? "" : diagnostics.render(false);
}

}  // namespace

TEST_CASE("a policy is read, in either form, and kept as it is written") {
  const TemporaryDirectory directory;
  const Policy policy = policy_of(policy_text("198.51.100.1"));
  for (const std::string& text : {policy_text("198.51.100.1"), write_policy_yaml(policy), write_policy_json(policy),
                                  "# a comment\n---\n" + policy_text("198.51.100.1")}) {
    const std::string path = directory.write("policy", text);
    for (const std::string& word : {path, "policy:" + path}) {
      Diagnostics diagnostics;
      const auto read = read_reviewed_policy(word, "apply", nullptr, diagnostics);
      REQUIRE(read);
      REQUIRE(read->has_value());
      CHECK((*read)->name == path);
      CHECK((*read)->text == text);
      CHECK(policy_hash((*read)->policy) == policy_hash(policy));
    }
  }
}

TEST_CASE("a log is refused, with the command that compiles it") {
  const TemporaryDirectory directory;
  const std::string log = directory.write(
      "a\x1b.log",
      "type=SYSCALL msg=audit(1700000000.000:1): arch=c000003e syscall=42 success=yes exit=0 a0=3 a1=7f a2=10 a3=0 "
      "items=0 "
      "ppid=1 pid=2 auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 tty=pts0 "
      "ses=1 comm=\"x\" exe=\"/x\" key=(null)\n");
  const std::string shown = printable(log, 4096);
  for (const std::string& word : {log, "audit:" + log}) {
    const std::string said = refusal(word);
    CHECK(has_text(said, "this is a log (audit): apply takes a policy that somebody has read"));
    CHECK(has_text(said, "egressc compile --to policy -o policy.yaml audit:" + shown +
                             ", read it, and: egressc apply policy.yaml"));
    CHECK_FALSE(has_text(said, "\x1b"));
  }
}

TEST_CASE("FORMAT:PATH is a log without a look into it") {
  for (const char* format : {"audit", "netfilter", "dnsmasq", "agent-json", "agent-text"})
    CHECK(has_text(refusal(std::string(format) + ":/nowhere/policy.yaml"), fmt::format("this is a log ({})", format)));
}

TEST_CASE("a ruleset is refused, and what names no file") {
  const TemporaryDirectory directory;
  const std::string nft =
      directory.write("rules.nft", print_nftables(*target_of_text(policy_text("198.51.100.1")).ruleset));
  const std::string iptables =
      directory.write("rules.v4", "*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j DROP\nCOMMIT\n");
  for (const std::string& path : {nft, iptables}) {
    CHECK(has_text(refusal(path), "this is a ruleset: apply takes the policy that it was compiled from"));
    // Who says that it is a policy hears what is wrong with it.
    CHECK_FALSE(has_text(refusal("policy:" + path), "this is a ruleset"));
  }
  for (const char* word : {"", "policy:"}) CHECK(has_text(refusal(word), "names no file"));
}

TEST_CASE("a policy with an error keeps its place") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("bad.yaml", "egressc: 1\nscope: hots\n");
  CHECK(has_text(refusal(path), path + ":2:8: error"));
}

TEST_CASE("a file that is not there, or cannot be a policy") {
  const TemporaryDirectory directory;
  for (const std::string& word : {directory / "none.yaml", "policy:" + directory / "none.yaml", directory.path()}) {
    Diagnostics diagnostics;
    const auto policy = read_reviewed_policy(word, "apply", nullptr, diagnostics);
    REQUIRE_FALSE(policy);
    CHECK(has_text(policy.failure().message, directory.path()));
  }
}

TEST_CASE("the users of this host are known by their names") {
  const UserIds users = host_users();
  const auto root = users.find("root");
  REQUIRE(root != users.end());
  CHECK(root->second == 0);
}
