#include "deploy/state.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "temporary_directory.h"

using namespace egressc;
using namespace egressc::deploy;
using egressc::test::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

StateRecord policy(char digit) {
  return {RecordKind::policy, 5 * second, "egressc 0.1.0 policy sha256 " + std::string(64, digit), "/p", {digit}};
}

OwnTable table_of(const StateRecord& record) {
  return record.kind == RecordKind::nothing ? OwnTable{} : OwnTable{true, record.comment, 1};
}

// The body of the record, "-" for no table, "?" for one that is not known.
std::string told(const Result<std::optional<StateRecord>>& record) {
  REQUIRE(record);
  if (!*record) return "?";
  return (*record)->kind == RecordKind::nothing ? "-" : (*record)->body;
}

mode_t mode(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

// A change from `before` to `next`, cut off after some of its steps.
struct CutOff {
  std::string_view when;
  bool is_in_kernel;  // whether it can be there by then
  std::function<void(const State&, const std::string& path)> left;
};

const CutOff cut_offs[] = {
    {"before all", false, [](const State&, const std::string&) {}},
    {"next is written", false, [](const State&, const std::string& path) { fs::remove(path + "/before"); }},
    {"both are written", true, [](const State&, const std::string&) {}},
    {"the first is promoted", true,
     [](const State&, const std::string& path) { fs::rename(path + "/before", path + "/previous"); }},
    {"the second is promoted", true, [](const State& state, const std::string&) { REQUIRE(state.promote()); }},
    {"the first is discarded", false, [](const State&, const std::string& path) { fs::remove(path + "/next"); }},
    {"all is discarded", false, [](const State& state, const std::string&) { state.discard(); }},
};

}  // namespace

TEST_CASE("the directories are for their owner alone") {
  const TemporaryDirectory directory;
  const State state(directory / "state", "host");
  CHECK(state.lock() == directory / "state/host/lock");
  CHECK(state.socket() == directory / "state/host/guardian");
  const mode_t before = ::umask(0);
  const auto made = state.make();
  ::umask(before);
  REQUIRE(made);
  CHECK(mode(directory / "state") == 0700);
  CHECK(mode(directory / "state/host") == 0700);
  CHECK(state.make());
}

TEST_CASE("what others could write is refused, and stays as it is") {
  for (const char* name : {"state", "state/host"}) {
    const TemporaryDirectory directory;
    const State state(directory / "state", "host");
    REQUIRE(state.make());
    for (const mode_t bad : {0701U, 0710U, 0750U, 0755U, 0777U}) {
      ::chmod((directory / name).c_str(), bad);
      const auto made = state.make();
      REQUIRE_FALSE(made);
      CHECK(made.failure().message ==
            directory / name + ": others could read or write it: chown it to yourself, and chmod 0700");
      CHECK(mode(directory / name) == bad);
    }
    ::chmod((directory / name).c_str(), 0700);
    CHECK(state.make());
    if (::geteuid() == 0) {
      REQUIRE(::chown((directory / name).c_str(), 65534, 65534) == 0);
      CHECK_FALSE(state.make());
    } else {
      MESSAGE("skipped: only root can give a directory away");
    }
  }
}

TEST_CASE("what is no directory is refused") {
  const TemporaryDirectory directory;
  directory.write("file", "");
  fs::create_directory(directory / "real");
  fs::permissions(directory / "real", fs::perms::owner_all);
  fs::create_directory_symlink(directory / "real", directory / "link");
  for (const char* name : {"file", "link", "missing/state"}) {
    CHECK_FALSE_MESSAGE(State(directory / name, "host").make(), name);
    CHECK(fs::is_empty(directory / "real"));
  }
  fs::create_directory_symlink(directory / "real", directory / "real/host");
  CHECK_FALSE(State(directory / "real", "host").make());
}

TEST_CASE("where nothing was kept nothing is known") {
  const TemporaryDirectory directory;
  for (const char* name : {"", "missing", "missing/too"}) {
    const State state(directory / name, "host");
    for (const OwnTable& table : {OwnTable{}, OwnTable{true, "egressc warm-up", 1}, table_of(policy('a'))}) {
      CHECK(told(state.running(table)) == "?");
      CHECK(told(state.previous(table)) == "?");
    }
    CHECK_FALSE(state.undone_at());
  }
}

TEST_CASE("wherever a change is cut off, what is told is true") {
  const StateRecord nothing;
  struct Row {
    std::optional<StateRecord> current, previous;  // that are kept
    StateRecord before, next;
  };
  const Row rows[] = {
      {policy('a'), policy('z'), policy('a'), policy('b')},
      {policy('a'), nothing, policy('a'), nothing},
      {nothing, policy('a'), nothing, policy('b')},
      {std::nullopt, std::nullopt, nothing, policy('b')},
  };
  const auto told_of = [](const std::optional<StateRecord>& record) {
    return told(Result<std::optional<StateRecord>>(record));
  };
  for (const Row& row : rows) {
    for (const CutOff& cut : cut_offs) {
      for (const bool is_made : {false, true}) {
        if (is_made ? !cut.is_in_kernel : cut.when == "the first is promoted" || cut.when == "the second is promoted")
          continue;
        CAPTURE(cut.when);
        CAPTURE(is_made);
        CAPTURE(row.next.body);
        const TemporaryDirectory directory;
        const State state(directory / "s", "host");
        const std::string path = directory / "s/host";
        REQUIRE(state.make());
        if (row.current) {
          REQUIRE(state.stage(*row.current, row.previous.value_or(StateRecord{})));
          REQUIRE(state.promote());
        }
        if (cut.when != "before all") REQUIRE(state.stage(row.next, row.before));
        cut.left(state, path);
        const OwnTable table = table_of(is_made ? row.next : row.before);
        const std::string runs = is_made ? told_of(row.next) : told_of(row.current);
        const std::string was = is_made ? told_of(row.before) : told_of(row.previous);
        CHECK(told(state.running(table)) == runs);
        CHECK(told(state.previous(table)) == was);
        REQUIRE(state.recover(table));
        CHECK_FALSE(fs::exists(path + "/next"));
        CHECK_FALSE(fs::exists(path + "/before"));
        CHECK(told(state.running(table)) == runs);
        CHECK(told(state.previous(table)) == was);
        REQUIRE(state.recover(table));
        CHECK(told(state.running(table)) == runs);
      }
    }
  }
}

TEST_CASE("a table that nobody recorded is not known, and a warm-up is none") {
  const TemporaryDirectory directory;
  const State state(directory / "s", "host");
  REQUIRE(state.make());
  REQUIRE(state.stage(policy('b'), policy('a')));
  REQUIRE(state.promote());
  CHECK(told(state.running({true, "another", 1})) == "?");
  CHECK(told(state.running({true, "", 1})) == "?");
  CHECK(told(state.running({})) == "?");
  REQUIRE(state.stage({}, policy('b')));
  CHECK(told(state.running({true, warm_up_comment, 1})) == "-");
  CHECK(told(state.previous({})) == "b");
}

TEST_CASE("a record that cannot be read is said, and not passed over") {
  const TemporaryDirectory directory;
  const State state(directory / "s", "host");
  REQUIRE(state.make());
  REQUIRE(state.stage(policy('b'), policy('a')));
  REQUIRE(state.promote());
  directory.write("s/host/current", "garbage");
  const auto running = state.running(table_of(policy('b')));
  REQUIRE_FALSE(running);
  CHECK(running.failure().message == directory / "s/host/current: not a record of egressc: move it away");
  directory.write("s/host/next", "garbage");
  CHECK_FALSE(state.recover({}));
  CHECK_FALSE(state.previous({}));
}

TEST_CASE("what cannot be staged leaves nothing") {
  const TemporaryDirectory directory;
  const State state(directory / "s", "host");
  CHECK_FALSE(state.stage(policy('b'), policy('a')));
  REQUIRE(state.make());
  fs::create_directory(directory / "s/host/before");
  CHECK_FALSE(state.stage(policy('b'), policy('a')));
  CHECK_FALSE(fs::exists(directory / "s/host/next"));
}

TEST_CASE("what cannot be promoted is said") {
  const TemporaryDirectory directory;
  const State state(directory / "s", "host");
  REQUIRE(state.make());
  CHECK_FALSE(state.promote());
  REQUIRE(state.stage(policy('b'), policy('a')));
  // What rollback needs comes first, so that a half of it is no lie.
  fs::create_directory(directory / "s/host/previous");
  CHECK_FALSE(state.promote());
  CHECK(fs::exists(directory / "s/host/next"));
  fs::remove(directory / "s/host/previous");
  fs::create_directory(directory / "s/host/current");
  CHECK_FALSE(state.promote());
}

TEST_CASE("an undo is known until the next change") {
  const TemporaryDirectory directory;
  const State state(directory / "s", "host");
  REQUIRE(state.make());
  CHECK_FALSE(state.undone_at());
  state.note_undone(1'764'208'800 * second);
  CHECK(state.undone_at() == 1'764'208'800 * second);
  REQUIRE(state.stage(policy('b'), policy('a')));
  CHECK_FALSE(state.undone_at());
}

TEST_CASE("all is forgotten, with its directory and no other") {
  const TemporaryDirectory directory;
  const State state(directory / "s", "netns-lab");
  const State other(directory / "s", "host");
  REQUIRE(state.make());
  REQUIRE(other.make());
  REQUIRE(state.stage(policy('b'), policy('a')));
  REQUIRE(state.promote());
  REQUIRE(state.stage(policy('c'), policy('b')));
  state.note_undone(0);
  directory.write("s/netns-lab/lock", "");
  state.forget();
  CHECK_FALSE(fs::exists(directory / "s/netns-lab"));
  CHECK(fs::exists(directory / "s/host"));
}

TEST_CASE("what is still to be confirmed") {
  TemporaryDirectory directory;
  const State state(directory / "state", "host");
  REQUIRE(state.make());
  const auto wait = [&] {
    REQUIRE(state.stage(policy('2'), policy('1')));
    CHECK_FALSE(state.awaits_confirmation(table_of(policy('2'))));
    REQUIRE(state.await_confirmation());
    CHECK(state.awaits_confirmation(table_of(policy('2'))));
    CHECK_FALSE(state.awaits_confirmation(table_of(policy('1'))));
  };
  wait();
  REQUIRE(state.promote());
  CHECK_FALSE(state.awaits_confirmation(table_of(policy('2'))));
  wait();
  state.discard();
  REQUIRE(state.stage(policy('2'), policy('1')));
  CHECK_FALSE(state.awaits_confirmation(table_of(policy('2'))));
}
