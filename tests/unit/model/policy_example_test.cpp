#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "model/policy_fixture.h"

namespace egressc {
namespace {

// A file of the source tree. Meson compiles and runs tests in the build directory, from which __FILE__ leads here.
std::string source_file(const std::string& name) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../.." / name;
  std::ifstream file(path);
  REQUIRE_MESSAGE(file.is_open(), path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_CASE("The example is a policy in its normal form, but for its first comment") {
  const std::string example = source_file("policy-examples/hand-written.yaml");
  const auto result = policy_tests::read(example);
  REQUIRE_MESSAGE(result.policy.has_value(), result.diagnostics.render(false));
  CHECK(result.policy->subjects.size() == 3);
  CHECK(write_policy_yaml(*result.policy) == example.substr(example.find('\n') + 1));
}

TEST_CASE("egressc-policy(5) shows the example as it is") {
  const std::string page = source_file("man/egressc-policy.5");
  constexpr std::string_view begin = ".Bd -literal\n";
  const std::size_t start = page.find(begin, page.find(".Sh EXAMPLES"));
  REQUIRE(start != std::string::npos);
  const std::size_t end = page.find(".Ed\n", start);
  REQUIRE(end != std::string::npos);
  CHECK(page.substr(start + begin.size(), end - start - begin.size()) ==
        source_file("policy-examples/hand-written.yaml"));
}

}  // namespace
}  // namespace egressc
