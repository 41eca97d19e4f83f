// Switches between two policies, of which the first is applied in this network namespace, as often as it can, without
// what apply does between two transactions, for as many seconds and as often, whichever is later. Prints how often, and
// how often a second. The way back is another switch, or an undo of the first; or the first is taken out, and loaded
// where nothing is.
// switch-driver switch|undo|remove POLICY POLICY SECONDS SWITCHES
#include <fmt/core.h>
#include <nftables/libnftables.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "deploy/change.h"
#include "deploy/connections/connections.h"
#include "deploy/switching.h"
#include "kernel/kernel.h"

using namespace egressc;
using namespace egressc::deploy;

namespace {

[[noreturn]] void fail(const std::string& what) {
  fmt::print("{}\n", what);
  std::exit(1);
}

NftTable table_of(const char* path, const std::string& tag) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  Diagnostics diagnostics;
  auto policy = read_policy(text, path, nullptr, diagnostics);
  if (!policy) fail(diagnostics.render(false));
  const auto target = target_of({path, text, std::move(*policy)}, path, std::nullopt, tag, diagnostics);
  if (!target) fail(diagnostics.render(false));
  return *target->table;
}

class Nftables {
 public:
  Nftables() {
    ::nft_ctx_buffer_output(context_.get());
    ::nft_ctx_buffer_error(context_.get());
  }
  std::string run(const std::string& text) {
    if (::nft_run_cmd_from_buffer(context_.get(), text.c_str()) != 0) fail(::nft_ctx_get_error_buffer(context_.get()));
    return ::nft_ctx_get_output_buffer(context_.get());
  }

 private:
  struct Free {
    void operator()(nft_ctx* context) const { ::nft_ctx_free(context); }
  };
  std::unique_ptr<nft_ctx, Free> context_{::nft_ctx_new(NFT_CTX_DEFAULT)};
};

}  // namespace

namespace {

// The two that take turns.
class Changes {
 public:
  explicit Changes(std::array<NftTable, 2> tables) : tables_(std::move(tables)) {}

  void begin(const std::string& how) {
    const std::string before = list();
    if (how == "remove") {
      first_ = restoring_now("", nullptr);
      first_.prepare.clear();
      run(first_);
      second_ = texts(switching_to(tables_[0], open_));
      second_.prepare = nft_text(open_) + second_.prepare;
    } else {
      first_ = texts(switching_to(tables_[1], list()));
      run(first_);
      second_ = how == "undo" ? restoring_now(before, &tables_[1]) : texts(switching_to(tables_[0], list()));
    }
    run(second_);
  }

  void make(bool first) { run(first ? first_ : second_); }

 private:
  std::string list() { return nftables_.run("list table inet egressc"); }

  static Restoring texts(const Switching& stages) {
    return {nft_text(stages.prepare), nft_text(stages.turn), nft_text(stages.clear), {}};
  }
  static Switching switching_to(const NftTable& table, const NftChange& running) {
    return switching_to(table, nft_text(NftChange{{running.commands.back()}}));
  }
  static Switching switching_to(const NftTable& table, const std::string& listing) {
    auto made = switching(table, running_table(listing));
    if (!made) fail("the table is replaced whole");
    return *made;
  }
  Restoring restoring_now(const std::string& before, const NftTable* made) {
    auto stages = restoring(before, list(), made);
    if (!stages) fail("the table is replaced whole");
    return *stages;
  }

  void run(const Restoring& stages) {
    if (!stages.prepare.empty()) nftables_.run(stages.prepare);
    nftables_.run(stages.turn);
    if (stages.clear.empty()) return;
    kernel_->wait_for_packets();
    nftables_.run(stages.clear);
  }

  std::array<NftTable, 2> tables_;
  NftChange open_ = warm_up_table();
  std::unique_ptr<Kernel> kernel_ = make_kernel();
  Nftables nftables_;
  Restoring first_;
  Restoring second_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) return 2;
  Changes changes({table_of(arguments[2], ""), table_of(arguments[3], "_b")});
  changes.begin(arguments[1]);
  const auto begin = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  const int wanted = std::atoi(arguments[5]);
  int made = 0;
  for (; made < wanted || passed() < std::atoi(arguments[4]); ++made) changes.make(made % 2 == 0);
  fmt::print("{} {:.0f}\n", made, made / passed());
}
