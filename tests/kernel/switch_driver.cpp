// Switches between two policies, of which the first is applied in this network namespace, as often as it can, without
// what apply does between two transactions, for as many seconds and as often, whichever is later. Prints how often.
// switch-driver POLICY POLICY SECONDS SWITCHES
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
  void run(const NftChange& change) { (void)run(nft_text(change)); }
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

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const std::array<NftTable, 2> tables{table_of(arguments[1], ""), table_of(arguments[2], "_b")};
  const auto kernel = make_kernel();
  Nftables nftables;
  const auto switch_to = [&](const Switching& switching) {
    nftables.run(switching.prepare);
    nftables.run(switching.turn);
    if (switching.clear.commands.empty()) return;
    kernel->wait_for_packets();
    nftables.run(switching.clear);
  };
  const auto switching_to = [&](const NftTable& table) {
    auto made = switching(table, running_table(nftables.run("list table inet egressc")));
    if (!made) fail("the table is replaced whole");
    return *made;
  };
  const Switching there = switching_to(tables[1]);
  switch_to(there);
  const Switching back = switching_to(tables[0]);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(arguments[3]));
  const int wanted = std::atoi(arguments[4]);
  int switches = 0;
  for (; switches < wanted || std::chrono::steady_clock::now() < end; ++switches)
    switch_to(switches % 2 == 0 ? back : there);
  fmt::print("{}\n", switches);
}
