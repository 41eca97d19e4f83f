#include "intake/input_words.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "temporary_directory.h"

using namespace egressc;
using test::TemporaryDirectory;

namespace {

// What is said of the words in a directory with these files.
template <typename Ask>
auto in_directory_with(std::initializer_list<const char*> files, Ask ask) {
  const TemporaryDirectory directory;
  for (const char* const file : files) std::ofstream(directory / file) << "";
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory / "");
  const auto answer = ask();
  std::filesystem::current_path(before);
  return answer;
}

bool is_refused(const std::vector<std::string>& words, std::initializer_list<const char*> files) {
  return in_directory_with(files, [&] {
    Diagnostics diagnostics;
    refuse_options_of_files(words, diagnostics);
    return diagnostics.has_errors();
  });
}

}  // namespace

TEST_CASE("an option that is a file here is refused") {
  CHECK(is_refused({"--trust=claimed", "x.log"}, {"--trust=claimed"}));
  CHECK(is_refused({"x.log", "-q"}, {"-q"}));
  CHECK_FALSE(is_refused({"--trust=claimed"}, {"trust", "--trust"}));
  CHECK_FALSE(is_refused({"--", "--trust=claimed"}, {"--trust=claimed"}));
  CHECK_FALSE(is_refused({"-"}, {"-"}));
  CHECK_FALSE(is_refused({"./-q"}, {"-q"}));
}

TEST_CASE("FORMAT:PATH is refused where that is the name of a file") {
  const auto split = [](const std::string& word, std::initializer_list<const char*> files) {
    return in_directory_with(files, [&] {
      Diagnostics diagnostics;
      const auto parts = intake::split_input_word(word, diagnostics);
      CHECK(parts.has_value() != diagnostics.has_errors());
      return parts ? parts->format + "|" + parts->path : "";
    });
  };
  CHECK(split("netfilter:x.log", {"x.log"}) == "netfilter|x.log");
  CHECK(split("netfilter:x.log", {"x.log", "netfilter:x.log"}).empty());
  CHECK(split("policy:x", {"policy:x"}).empty());
  CHECK(split("./netfilter:x.log", {"netfilter:x.log"}) == "|./netfilter:x.log");
  CHECK(split("x.log", {"x.log"}) == "|x.log");
  CHECK(split("netfliter:x.log", {}).empty());
}

TEST_CASE("what a policy is called") {
  for (const char* const name : {"policy.yaml", "a/b.yml", "p.json"}) CHECK(intake::is_named_as_policy(name));
  for (const char* const name : {"agent.log", "policy", "p.yaml.log", "p.jsonl", "-", "/dev/fd/63", "yaml"})
    CHECK_FALSE(intake::is_named_as_policy(name));
}
