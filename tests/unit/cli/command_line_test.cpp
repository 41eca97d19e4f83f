#include <doctest/doctest.h>

#include <set>

#include "cli/flags.h"
#include "cli/options.h"
#include "prove/dialects.h"

using namespace egressc;

namespace {

using Words = std::vector<std::string>;

template <typename Options>
std::optional<Options> read(std::string_view command, const Words& words, Diagnostics& diagnostics) {
  Options options;
  if (!read_command_line(command, words, diagnostics, [&](OptionReader& reader) { read_options(reader, options); }))
    return std::nullopt;
  return options;
}

}  // namespace

TEST_CASE("the options of a command have names and letters of their own, and say what a shell can complete") {
  for (const std::string_view command : command_names()) {
    const CommandLine line = command_line(command);
    CHECK(line.command == command);
    std::set<std::string_view> names;
    std::set<char> letters;
    for (const FlagGroup& group : line.groups)
      for (const Flag& flag : group.flags) {
        CAPTURE(flag.name);
        CHECK(names.insert(flag.name).second);
        CHECK((flag.letter == 0 || letters.insert(flag.letter).second));
        CHECK((flag.kind == FlagKind::flag) == flag.value.empty());
        CHECK((flag.completes == Completes::words) == !flag.words().empty());
        CHECK((flag.help.empty() || flag.told == nullptr));
        CHECK((!flag.help.empty() || flag.told != nullptr));
        CHECK(line.find(flag.name) == &flag);
      }
    CHECK(names.contains("help"));
    CHECK(line.find("no-such-option") == nullptr);
  }
}

TEST_CASE("words of options come from the tables of what they name") {
  CHECK(command_line("compile").find("deny")->words() == Words{"reject", "drop"});
  const auto dialects = dialect_names();
  CHECK(command_line("compile").find("to")->words() == Words(dialects.begin(), dialects.end()));
  const Words rehearsed = command_line("rehearse").find("to")->words();
  CHECK(rehearsed.front() == "nftables");
  CHECK(rehearsed.back() == "all");
  CHECK(command_line("explain").find("to")->words().empty());
  CHECK(command_line("compile").find("output")->words().empty());
  CHECK_FALSE(command_line("check").find("ignore")->words().empty());
  CHECK_FALSE(command_line("compile").find("dump-after")->words().empty());
}

TEST_CASE("what is given takes the place of what is the default") {
  Diagnostics diagnostics;
  const auto options = read<CompileOptions>(
      "compile", {"--deny=drop", "-o", "x.nft", "--uid", "5,7-9", "--uid=1001", "a.log", "b.log", "--generalize"},
      diagnostics);
  REQUIRE(options);
  CHECK(options->dialect == "nftables");
  CHECK(options->output == "x.nft");
  CHECK(read<CompileOptions>("compile", {"-o", "-", "a.log"}, diagnostics)->output.empty());
  CHECK(read<CompileOptions>("compile", {"--generalize", "a.log"}, diagnostics)->inputs == Words{"a.log"});
  CHECK(options->inputs == Words{"a.log", "b.log"});
  CHECK(options->input.deny == Deny::drop);
  CHECK(options->input.learn.deny == Deny::drop);
  CHECK(options->input.learn.uids.size() == 3);
  CHECK(options->input.generalize == 4);
  CHECK(options->input.guards.system == default_system_guard);
  CHECK(options->verify == Verification::model);
}

TEST_CASE("no file is opened for what the command line names") {
  Diagnostics diagnostics;
  const auto options = read<CompileOptions>("compile",
                                            {"--passwd", "/nonexistent/passwd", "--uid", "agent", "--guard",
                                             "/nonexistent/guard", "--base", "/nonexistent/base", "a.log"},
                                            diagnostics);
  REQUIRE(options);
  CHECK(options->input.uids == Words{"agent"});
  CHECK(options->input.learn.uids.empty());
  CHECK(options->dialect.empty());
}

TEST_CASE("names of users need a file of them") {
  Diagnostics diagnostics;
  CHECK_FALSE(read<CompileOptions>("compile", {"--uid", "agent", "--gid", "3-2", "a.log"}, diagnostics));
  CHECK(diagnostics.render(false) ==
        "egressc: error: --uid agent: expected a number below 4294967295, a range a-b, or a name with --passwd\n"
        "egressc: error: --gid 3-2: expected a number below 4294967295, a range a-b, or a name with --group\n");
}

TEST_CASE("with --rehearse, apply takes the options of rehearse and no others") {
  Diagnostics diagnostics;
  const auto options = read<ApplyOptions>("apply", {"policy.yaml", "--rehearse", "--probes", "5"}, diagnostics);
  REQUIRE(options);
  REQUIRE(options->rehearsal);
  CHECK(options->rehearsal->most == 5);
  CHECK(options->rehearsal->policy == "policy.yaml");
  CHECK_FALSE(read<ApplyOptions>("apply", {"policy.yaml", "--rehearse", "--yes"}, diagnostics));
  CHECK(diagnostics.render(false) ==
        "egressc: error: there is no option --yes\n  hint: egressc rehearse --help lists the options\n");
  Diagnostics others;
  CHECK_FALSE(read<RehearseOptions>("rehearse", {"policy.yaml", "--rehearse"}, others));
  CHECK_FALSE(read<ApplyOptions>("apply", {"policy.yaml", "--probes", "5"}, others));
}

TEST_CASE("diff's kernel is the network namespace of --netns, and the host's where there is none") {
  Diagnostics diagnostics;
  const auto options = read<DiffOptions>("diff", {"--netns", "lab", "kernel", "policy.yaml"}, diagnostics);
  REQUIRE(options);
  CHECK(options->operands == Words{"kernel:lab", "policy.yaml"});
  CHECK(options->input.guards.system.empty());
}

TEST_CASE("a tag is long enough, and no prefix is both") {
  Diagnostics diagnostics;
  const auto options = read<CompileOptions>(
      "compile", {"--tag", "egress-5f0c9a41", "--denied-prefix", "fw", "--allowed-prefix", "fw-ok", "a.log"},
      diagnostics);
  REQUIRE(options);
  CHECK(options->input.parse.tags == Words{"egress-5f0c9a41"});
  CHECK(options->input.parse.denied_prefixes == Words{"fw"});
  CHECK(options->input.parse.allowed_prefixes == Words{"fw-ok"});
  for (const Words& words : {Words{"--tag", "abc"}, Words{"--tag", "egress x"}, Words{"--tag", std::string(128, 'x')},
                             Words{"--denied-prefix", ""}, Words{"--denied-prefix", "fw", "--allowed-prefix", "fw"}})
    CHECK_FALSE(read<ExplainOptions>("explain", words, diagnostics));
  Diagnostics others;
  CHECK(read<WatchRulesOptions>("watch-rules", {"--tag", std::string(27, 'x'), "--to", "iptables"}, others));
  CHECK_FALSE(read<WatchRulesOptions>("watch-rules", {"--tag", std::string(28, 'x')}, others));
  CHECK_FALSE(read<WatchRulesOptions>("watch-rules", {"x"}, others));
}
