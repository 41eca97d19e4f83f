// Arms a guardian, and asks one, for tests of both. Reads commands from standard input, and answers each with a line.
#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/guardian/guardian.h"
#include "kernel/kernel.h"
#include "readers/listing/listing.h"

using namespace egressc;

namespace {

void say(std::string_view line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

template <typename Value>
int report(const Result<Value>& result) {
  say(result ? "done" : "failure " + result.failure().message);
  return result ? 0 : 1;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void mark(const std::string& path) { std::ofstream(path) << ::getpid(); }

Result<std::monostate> load_here(const std::string& text) {
  const auto change = make_kernel()->commit("", text, "text", std::nullopt);
  if (!change) return change.failure();
  if (change->outcome != ChangeOutcome::done) return Failure{change->refusal.render(false)};
  return std::monostate{};
}

// What the guardian does is told by files in `directory`: `listing` is the table from before, and the table that is
// applied has a set of the name `new`.
GuardianOrder order_of(const std::string& directory, const std::string& netns, int patience) {
  GuardianOrder order;
  order.netns = netns;
  order.patience = std::chrono::milliseconds(patience);
  order.socket = directory + "/guardian";
  order.undo = [directory, listing = read(directory + "/listing")](std::chrono::milliseconds passed) {
    if (::access((directory + "/unloadable").c_str(), F_OK) == 0) return load_here("nonsense");
    return load_here(undo_text(aged(listing, passed)));
  };
  order.in_place = [] {
    const auto listing = make_kernel()->list("");
    return listing && listing->nftables_json.find("\"name\": \"new\"") != std::string::npos;
  };
  order.confirmed = [directory]() -> Result<std::monostate> {
    mark(directory + "/confirmed");
    return std::monostate{};
  };
  order.undone = [directory] { mark(directory + "/undone"); };
  return order;
}

// As a process of its own, which makes the change when this one is dead, and ends when it is told to: when what it has
// marked is no more.
void load_later(const std::string& directory) {
  const pid_t parent = ::getpid();
  if (::fork() != 0) return;
  ::setsid();
  while (::getppid() == parent) ::usleep(1'000);
  if (!load_here(read(directory + "/new"))) ::_exit(1);
  const std::string loaded = directory + "/loaded";
  mark(loaded);
  while (::access(loaded.c_str(), F_OK) == 0) ::usleep(1'000);
  ::_exit(0);
}

int arm(const std::string& directory, const std::string& netns, int patience) {
  auto guardian = Guardian::arm(order_of(directory, netns, patience));
  if (!guardian) return report(guardian);
  say(fmt::format("armed {} {}", guardian->pid(), guardian->warning()));
  char line[4096];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    const std::string command = std::string(line).substr(0, std::string(line).find('\n'));
    if (command == "applied") report(guardian->applied());
    if (command == "stand-down") report(guardian->stand_down());
    if (command == "noise") say(::write(2, "noise", 5) < 0 ? "nowhere" : "somewhere");
    if (command.starts_with("load ")) report(load_here(read(command.substr(5))));
    if (command == "load-later") {
      load_later(directory);
      say("done");
    }
  }
  return 0;
}

int ask(const std::string& socket, GuardianRequest request, int patience) {
  constexpr std::string_view kinds[] = {"nobody",  "applying", "waiting",   "confirmed",
                                        "changed", "undone",   "not-undone"};
  const auto answer = ask_guardian(socket, request, std::chrono::milliseconds(patience));
  if (!answer) return report(answer);
  say(fmt::format("{} {} {} {}", kinds[static_cast<std::size_t>(answer->kind)], answer->pid, answer->left.count(),
                  answer->message));
  return 0;
}

// `sets` has a line for each set: its name, its family, its size and what it starts with.
int carry(const std::string& listing, const std::string& sets) {
  std::vector<std::shared_ptr<const NftSet>> starts;
  std::istringstream lines(read(sets));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    NftSet start;
    start.timeout = std::chrono::hours(1);
    int family = 0;
    words >> start.name >> family >> start.size;
    start.family = family == 4 ? Family::ipv4 : Family::ipv6;
    for (std::string word; words >> word;) {
      start.elements.push_back({parse_prefix(word).value(), {}, {}, {}, {}});
      start.has_intervals = start.has_intervals || !start.elements.back().address.is_single();
    }
    starts.push_back(std::make_shared<const NftSet>(std::move(start)));
  }
  const LiveElements live = live_elements(read(listing));
  const CarriedOver over = carry_over(live.elements, starts);
  fmt::print("{}# {} {} {}\n", nft_text({{over.additions.begin(), over.additions.end()}}), over.carried,
             over.left_out.size(), live.not_understood);
  return 0;
}

}  // namespace

// guardian-driver arm DIRECTORY NETNS MILLISECONDS
// guardian-driver status|confirm|rollback SOCKET MILLISECONDS
// guardian-driver carry LISTING SETS
int main(int count, char** arguments) {
  const std::string_view what = count > 1 ? arguments[1] : "";
  if (what == "arm" && count == 5) return arm(arguments[2], arguments[3], std::atoi(arguments[4]));
  if (count != 4) return 2;
  if (what == "carry") return carry(arguments[2], arguments[3]);
  const int patience = std::atoi(arguments[3]);
  if (what == "status") return ask(arguments[2], GuardianRequest::status, patience);
  if (what == "confirm") return ask(arguments[2], GuardianRequest::confirm, patience);
  if (what == "rollback") return ask(arguments[2], GuardianRequest::rollback, patience);
  return 2;
}
