// Switches between two policies, of which the first is applied in this network namespace, as often as it can, without
// what apply does between two transactions, for as many seconds. Prints how often.
// switch-driver POLICY POLICY SECONDS
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

std::string ruleset(const char* path, const std::string& tag) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  Diagnostics diagnostics;
  auto policy = read_policy(text, path, nullptr, diagnostics);
  if (!policy) fail(diagnostics.render(false));
  const auto target = target_of({path, text, std::move(*policy)}, path, std::nullopt, tag, diagnostics);
  if (!target) fail(diagnostics.render(false));
  return target->text;
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

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const std::array<std::string, 2> texts{ruleset(arguments[1], ""), ruleset(arguments[2], "_b")};
  const auto kernel = make_kernel();
  Nftables nftables;
  const auto switch_to = [&](const Switching& switching) {
    nftables.run(switching.prepare);
    nftables.run(switching.turn);
    if (switching.clear.empty()) return;
    kernel->wait_for_packets();
    nftables.run(switching.clear);
  };
  const auto switching_to = [&](const std::string& text) {
    auto made = switching(text, nftables.run("list table inet egressc"));
    if (!made) fail("the table is replaced whole");
    return *made;
  };
  const Switching there = switching_to(texts[1]);
  switch_to(there);
  const Switching back = switching_to(texts[0]);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(arguments[3]));
  int switches = 0;
  for (; std::chrono::steady_clock::now() < end; ++switches) switch_to(switches % 2 == 0 ? back : there);
  fmt::print("{}\n", switches);
}
