#include "deploy/site.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "kernel_twin.h"
#include "report/summary.h"
#include "temporary_directory.h"

using namespace egressc;
using namespace egressc::deploy;
using egressc::test::TemporaryDirectory;

namespace {

ChangeOptions options_of(const TemporaryDirectory& directory) {
  ChangeOptions options;
  options.state_directory = directory / "state";
  return options;
}

KernelTwin with_host() {
  KernelTwin kernel;
  kernel.running[""] = Listing{"", {}, 0};
  return kernel;
}

}  // namespace

TEST_CASE("a place, and what is typed there") {
  struct Row {
    NetworkNamespace network;
    std::string_view place, command;
  };
  const Row rows[] = {
      {{"", "host"}, "this host", "egressc confirm"},
      {{"", "net-4026531840"}, "this network namespace", "egressc confirm"},
      {{"lab", "netns-lab"}, "network namespace lab", "egressc confirm --netns lab"},
      {{"a\x1b[2J", "netns-a"}, "network namespace a\\x1b[2J", "egressc confirm --netns a\\x1b[2J"},
  };
  for (const Row& row : rows) {
    CHECK(place_name(row.network) == row.place);
    CHECK(command_there("confirm", row.network) == row.command);
  }
}

TEST_CASE("a duration in words, never shorter than it is") {
  using std::chrono::milliseconds;
  const std::pair<milliseconds, std::string_view> rows[] = {
      {milliseconds(0), "0 s"},
      {milliseconds(1), "1 s"},
      {milliseconds(1000), "1 s"},
      {milliseconds(1001), "2 s"},
      {milliseconds(59'000), "59 s"},
      {milliseconds(59'001), "60 s"},
      {milliseconds(65'000), "65 s"},
      {milliseconds(119'001), "2 min 0 s"},
      {milliseconds(3'599'000), "59 min 59 s"},
      {milliseconds(3'600'000), "1 h 0 min"},
      {milliseconds(86'400'000), "24 h 0 min"},
  };
  for (const auto& [time, words] : rows) CHECK(duration_text(time) == words);
}

TEST_CASE("two do not change one place at once") {
  const TemporaryDirectory directory;
  KernelTwin kernel = with_host();
  {
    const auto first = open_site(kernel, options_of(directory));
    REQUIRE(first);
    const auto second = open_site(kernel, options_of(directory));
    REQUIRE_FALSE(second);
    CHECK(second.failure().message == "another egressc is changing this host: try again when it has ended");
    ChangeOptions looking = options_of(directory);
    looking.dry_run = true;
    CHECK(open_site(kernel, looking));
  }
  CHECK(open_site(kernel, options_of(directory)));
}

TEST_CASE("a dry run leaves no trace") {
  const TemporaryDirectory directory;
  KernelTwin kernel = with_host();
  ChangeOptions options = options_of(directory);
  options.dry_run = true;
  CHECK(open_site(kernel, options));
  CHECK_FALSE(std::filesystem::exists(options.state_directory));
}

TEST_CASE("without the privilege nothing is begun") {
  const TemporaryDirectory directory;
  KernelTwin kernel = with_host();
  kernel.given.net_admin = {false, "CAP_NET_ADMIN is missing"};
  const auto site = open_site(kernel, options_of(directory));
  REQUIRE_FALSE(site);
  CHECK(site.failure().message == "CAP_NET_ADMIN is missing");
  CHECK(directory.size() == 0);
}

TEST_CASE("a ruleset that never rests is not looked at for ever") {
  const TemporaryDirectory directory;
  KernelTwin kernel = with_host();
  kernel.own.generation = 7;  // and the listing's is 0
  const auto site = open_site(kernel, options_of(directory));
  REQUIRE_FALSE(site);
  CHECK(site.failure().message ==
        "the ruleset kept changing while it was read: try again when nothing else changes it");
}

TEST_CASE("a change that was cut off is finished or forgotten first") {
  for (const bool is_made : {false, true}) {
    const TemporaryDirectory directory;
    const State state(directory / "state", "host");
    const StateRecord next{RecordKind::policy, 0, "the new one", "", "body"};
    REQUIRE(state.make());
    REQUIRE(state.stage(next, {}));
    KernelTwin kernel = with_host();
    if (is_made) kernel.own = {true, next.comment, 0};
    REQUIRE(open_site(kernel, options_of(directory)));
    CHECK(std::filesystem::exists(directory / "state/host/current") == is_made);
    CHECK_FALSE(std::filesystem::exists(directory / "state/host/next"));
  }
}
