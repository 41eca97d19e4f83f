#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string>

#include "kernel/nft/refusal.h"
#include "kernel/process/process.h"
#include "kernel/rehearsal/xtables.h"

using namespace egressc;
using namespace egressc::kernel;

namespace {

bool has_children() {
  siginfo_t info;
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

// Within five seconds; a dead process whose new parent does not ask for it is gone as well.
bool is_gone(pid_t process) {
  for (int i = 0; i < 50; ++i) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    if (!std::getline(file, text) || text.find(") Z ") != text.npos) return true;
    ::usleep(100'000);
  }
  return false;
}

Result<Finished> shell(const std::string& script, std::string_view input = "", const Limits& limits = {}) {
  return run_program(*find_program("sh"), {"-c", script}, input, limits);
}

}  // namespace

TEST_CASE("programs are looked for where the system keeps them") {
  CHECK(find_program("sh"));
  CHECK(find_program("sh")->front() == '/');
  CHECK_FALSE(find_program("no-such-program-of-egressc"));
  CHECK_FALSE(find_program("."));
  CHECK_FALSE(find_program("../../bin/no-such"));
}

TEST_CASE("a program gets its input, and all that it prints is had") {
  const std::string big(3'000'000, 'x');
  const auto finished = shell("cat; printf wrong >&2; exit 3", big);
  REQUIRE(finished);
  CHECK(finished->status == 3);
  CHECK(finished->output == big);
  CHECK(finished->errors == "wrong");
}

TEST_CASE("a program gets nothing else of ours") {
  ::setenv("EGRESSC_TEST", "leaked", 1);
  const int open = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  REQUIRE(open >= 0);
  const auto variables = shell("env | sort");
  REQUIRE(variables);
  CHECK(variables->output.find("EGRESSC_TEST") == std::string::npos);
  CHECK(variables->output.find("PATH=/usr/sbin:/sbin:/usr/bin:/bin\n") != std::string::npos);
  const auto descriptors = shell("for fd in /proc/self/fd/*; do echo ${fd##*/}; done");
  ::close(open);
  REQUIRE(descriptors);
  // 3 is the directory that the shell itself reads.
  CHECK((descriptors->output == "0\n1\n2\n3\n" || descriptors->output == "0\n1\n2\n"));
}

TEST_CASE("one descriptor stays open, if it is asked for") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  for (const int write_end : {ends[1], ::fcntl(ends[1], F_DUPFD, 50)}) {
    const auto finished = run_child(
        "child", "", [] { return ::write(3, "kept", 4) == 4 && ::fcntl(4, F_GETFD) < 0 ? 0 : 1; }, {}, write_end);
    ::close(write_end);
    REQUIRE(finished);
    CHECK(finished->status == 0);
    char text[8] = {};
    CHECK(::read(ends[0], text, sizeof text) == 4);
    CHECK(std::string(text) == "kept");
  }
  // Nobody else has it: this is the end.
  char text = 0;
  CHECK(::read(ends[0], &text, 1) == 0);
  ::close(ends[0]);
}

TEST_CASE("our own buffers and handlers stay with us") {
  std::printf("kept in a buffer");
  static int parent = ::getpid();
  std::atexit([] {
    if (::getpid() != parent) (void)!::write(1, "exit handler", 12);
  });
  const auto finished = run_child("child", "", [] { return 0; });
  REQUIRE(finished);
  CHECK(finished->output.empty());
  std::printf("\n");
}

TEST_CASE("a child that never ends is killed with all that it started") {
  using std::chrono::milliseconds;
  const auto start = std::chrono::steady_clock::now();
  const auto finished = shell("sleep 100 & sleep 100", "", {milliseconds(300), 1000});
  REQUIRE_FALSE(finished);
  CHECK(finished.failure().message.find("took more than 300 ms") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - start < milliseconds(5000));
  CHECK_FALSE(has_children());
}

TEST_CASE("what a child leaves behind is killed") {
  const auto finished = shell("sleep 300 & echo $!");
  REQUIRE(finished);
  const pid_t left = std::stoi(finished->output);
  CHECK(is_gone(left));
}

TEST_CASE("a child that writes too much is killed") {
  const auto finished = shell("exec cat /dev/zero", "", {std::chrono::seconds(20), 100'000});
  REQUIRE_FALSE(finished);
  CHECK(finished.failure().message.find("wrote more than 100000 bytes") != std::string::npos);
  CHECK_FALSE(has_children());
}

TEST_CASE("a child that takes too much memory fails") {
  const auto take = [] {
    const std::string much(100'000'000, 'x');
    return much.back() == 'x' ? 0 : 1;
  };
  const Limits little{std::chrono::seconds(20), 1000, 50'000'000};
  const Limits enough{std::chrono::seconds(20), 1000, 200'000'000};
  // Killed, or ended by a sanitizer.
  const auto killed = run_child("child", "", take, little);
  CHECK((!killed || killed->status != 0));
  const auto done = run_child("child", "", take, enough);
  REQUIRE(done);
  CHECK(done->status == 0);
  CHECK_FALSE(has_children());
}

TEST_CASE("a child that dies is said to") {
  const auto finished = shell("kill -SEGV $$");
  REQUIRE_FALSE(finished);
  CHECK(finished.failure().message.ends_with("killed by signal 11"));
  const auto missing = run_program("/no/such/program", {}, "");
  REQUIRE_FALSE(missing);
  CHECK(missing.failure().message == "/no/such/program: cannot be executed");
  CHECK_FALSE(has_children());
}

TEST_CASE("a child does not outlive the one that waits for it") {
  void* const shared = ::mmap(nullptr, sizeof(pid_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(shared != MAP_FAILED);
  auto* const child = new (shared) std::atomic<pid_t>(0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    (void)run_child("child", "", [&] {
      for (*child = ::getpid();;) ::pause();
      return 0;
    });
    ::_exit(0);
  }
  for (int i = 0; i < 500 && *child == 0; ++i) ::usleep(10'000);
  REQUIRE(*child != 0);
  CHECK_FALSE(is_gone(*child));
  ::kill(parent, SIGKILL);
  REQUIRE(::waitpid(parent, nullptr, 0) == parent);
  CHECK(is_gone(*child));
  ::munmap(shared, sizeof(pid_t));
}

TEST_CASE("no child is started that could not be waited for") {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const auto finished = run_child("child", "", [] { return 0; });
  std::signal(SIGCHLD, before);
  REQUIRE_FALSE(finished);
  CHECK(finished.failure().message.find("SIGCHLD is ignored") != std::string::npos);
}

TEST_CASE("an exception ends the child, and does not go on into our code") {
  const auto finished = run_child("child", "", []() -> int { throw std::bad_alloc(); });
  REQUIRE_FALSE(finished);
  CHECK(finished.failure().message == "child: killed by signal 6");
}

TEST_CASE("errors of libnftables become diagnostics of the text") {
  Diagnostics diagnostics;
  const std::string_view text = "table inet x {\n\tchain c {\n\t\tjump nowhere\n\t}\n}\n";
  const auto outcome = explain_nft_errors(
      "/dev/stdin:3:8-14: Error: Could not process rule: No such file or directory\n\t\tjump nowhere\n\t\t     "
      "^^^^^^^\n",
      text, "a.nft", diagnostics);
  CHECK(outcome == TrialOutcome::refused);
  REQUIRE(diagnostics.all().size() == 1);
  const Diagnostic& first = diagnostics.all().front();
  CHECK(first.where == Location{"a.nft", 3, 8});
  CHECK(first.message == "nftables refuses it: Could not process rule: No such file or directory");
  CHECK(first.source == "\t\tjump nowhere");
}

TEST_CASE("whatever libnftables says, there is an error, and none that a terminal obeys") {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "/dev/stdin:4294967295:1-1: Error: x\n";
  for (const std::string& errors : {std::string(), std::string("\n\n"), std::string("netlink: Error: \x1b[2J\n"), many,
                                    std::string("/dev/stdin:99999999999:1-2: Error: x\n"), std::string("/dev/stdin:1:"),
                                    std::string("a:1:1-1: Error: Could not process rule: Message too long\n")}) {
    Diagnostics diagnostics;
    CHECK(explain_nft_errors(errors, "text", "a.nft", diagnostics) == TrialOutcome::refused);
    CHECK(diagnostics.has_errors());
    CHECK(diagnostics.all().size() <= 20);
    for (const Diagnostic& one : diagnostics.all()) CHECK(one.message.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("too large is told apart from wrong") {
  Diagnostics diagnostics;
  CHECK(explain_nft_errors("netlink: Error: Could not process rule: Message too long\n", "text", "a.nft",
                           diagnostics) == TrialOutcome::too_large);
  CHECK(diagnostics.has_errors());
}

TEST_CASE("errors of programs point to the line that they name") {
  struct Row {
    std::string_view errors;
    std::uint32_t line;
    std::string_view message;
  };
  const Row rows[] = {
      {"iptables-nft-restore v1.8.9 (nf_tables): unknown option \"--foo\"\nError occurred at line: 3\n"
       "Try `iptables-nft-restore -h' or 'iptables-nft-restore --help' for more information.\n",
       3, "p refuses it: iptables-nft-restore v1.8.9 (nf_tables): unknown option \"--foo\"; Error occurred at line: 3"},
      {"iptables-nft-restore: COMMIT expected at line 4\n", 4,
       "p refuses it: iptables-nft-restore: COMMIT expected at line 4"},
      {"Error in <stdin> line 1:\n  dprt <--\n", 1, "p refuses it: Error in <stdin> line 1:;   dprt <--"},
      {"", 0, "p refuses it: exit status 7"},
      {"line", 0, "p refuses it: line"},
      {"line: 99999999999999999999", 0, "p refuses it: line: 99999999999999999999"},
  };
  for (const Row& row : rows) {
    Diagnostics diagnostics;
    explain_program_errors("p", 7, row.errors, "one\ntwo\nthree\nfour\n", "a.rules", diagnostics);
    REQUIRE(diagnostics.all().size() == 1);
    CHECK(diagnostics.all().front().where == Location{"a.rules", row.line, 0});
    CHECK(diagnostics.all().front().message == row.message);
  }
}

TEST_CASE("a NUL byte is refused where it is") {
  Diagnostics diagnostics;
  CHECK_FALSE(refuse_nul("a\nb\n", "a.nft", diagnostics));
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(refuse_nul(std::string_view("a\nbc\0d\n", 7), "a.nft", diagnostics));
  CHECK(diagnostics.all().front().where == Location{"a.nft", 2, 3});
}

TEST_CASE("the tables of iptables-nft-save, and nothing that a comment made up") {
  const auto sections = save_sections(
      "# Generated\n*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m comment --comment \"a\n*filter; add table ip "
      "injected\n\"\nCOMMIT\n"
      "# Completed\n*nat\n-A OUTPUT\n*raw\nCOMMIT\n*mangle\n-A OUTPUT\n");
  REQUIRE(sections.size() == 2);
  CHECK(sections[0].table == "filter");
  CHECK(sections[0].text.starts_with("*filter\n"));
  CHECK(sections[0].text.ends_with("\"\nCOMMIT\n"));
  CHECK(sections[1].table == "raw");
  CHECK(sections[1].text == "*raw\nCOMMIT\n");
}

TEST_CASE("tables are the same whatever the order of their chains") {
  const std::string_view input = "\tchain INPUT {\n\t\ttype filter hook input priority filter; policy accept;\n\t}\n";
  const std::string_view drops = "\tchain INPUT {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n";
  const std::string_view one = "\tchain ONE {\n\t\tip daddr 192.0.2.1 accept\n\t}\n";
  const std::string_view two = "\tchain ONE {\n\t\taccept\n\t}\n";
  const auto table = [](std::string_view first, std::string_view second) {
    return "# Warning: a warning\ntable ip filter {\n" + std::string(first) + "\n" + std::string(second) + "}\n";
  };
  CHECK(same_table(table(input, one), table(one, "")));
  CHECK(same_table(table(drops, one), table(one, drops)));
  CHECK_FALSE(same_table(table(drops, one), table(one, "")));
  CHECK_FALSE(same_table(table("", one), table("", two)));
  CHECK_FALSE(same_table("", ""));
}
