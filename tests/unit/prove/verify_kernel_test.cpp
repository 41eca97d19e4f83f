#include <doctest/doctest.h>

#include "kernel_twin.h"
#include "prove/read_back.h"

using namespace egressc;

TEST_CASE("each dialect is tried in its own way") {
  struct Row {
    std::string_view dialect;
    std::string_view how;
  };
  for (const Row& row : {Row{"nftables", "nftables"}, Row{"iptables-restore", "iptables"},
                         Row{"ip6tables-restore", "ip6tables"}, Row{"ferm", "ferm"}}) {
    CAPTURE(row.dialect);
    KernelTwin kernel;
    const auto trial = read_back_from_kernel({row.dialect, "a file", "a text"}, "", kernel);
    REQUIRE(trial);
    REQUIRE(trial->has_value());
    CHECK((*trial)->loader == "twin");
    REQUIRE(kernel.tried.size() == 1);
    CHECK(kernel.tried.front() == std::pair<std::string, std::string>(row.how, "a text"));
  }
}

TEST_CASE("a policy is no ruleset") {
  for (const std::string_view dialect : {"policy", "json"}) {
    KernelTwin kernel;
    const auto trial = read_back_from_kernel({dialect, "policy.yaml", "egressc: 1\n"}, "", kernel);
    REQUIRE(trial);
    CHECK_FALSE(trial->has_value());
    CHECK(kernel.tried.empty());
  }
}

TEST_CASE("what the kernel cannot do is passed on") {
  KernelTwin kernel;
  kernel.trial = Failure{"CAP_SYS_ADMIN is missing"};
  const auto trial = read_back_from_kernel({"ferm", "egressc.ferm", ""}, "", kernel);
  REQUIRE_FALSE(trial);
  CHECK(trial.failure().message == "CAP_SYS_ADMIN is missing");
}
