// The nftables ruleset of a policy: its text, or loaded by the messages that are encoded from the same value.
// encode-driver text|load|dump POLICY [TAG]
#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "backends/nft.h"
#include "egressc/diagnostics.h"
#include "egressc/lower.h"
#include "egressc/policy.h"
#include "kernel/nft/bulk.h"
#include "kernel/nft/encode.h"

using namespace egressc;

namespace {

[[noreturn]] void fail(const std::string& what) {
  fmt::print("{}\n", what);
  std::exit(1);
}

NftChange change_of(const char* path, const std::string& tag) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  Diagnostics diagnostics;
  const auto policy = read_policy(text, path, nullptr, diagnostics);
  if (!policy) fail(diagnostics.render(false));
  const auto lowered = lower_policy(*policy, {"0.1.0", std::nullopt, {}, tag}, diagnostics);
  if (!lowered) fail(diagnostics.render(false));
  return {{NftClear{}, nft_table(lowered->ruleset)}};
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  const std::string_view what = arguments[1];
  const NftChange change = change_of(arguments[2], count > 3 ? arguments[3] : "");
  if (what == "text") {
    fmt::print("{}", nft_text(change));
    return 0;
  }
  auto messages = kernel::encode(change);
  if (!messages) fail("cannot be encoded");
  if (what == "dump") {
    for (const std::string* part : {&messages->rules, &messages->elements})
      std::fwrite(part->data(), 1, part->size(), stdout);
    return 0;
  }
  const auto loaded =
      kernel::send_in_bulk({{}, std::move(messages->rules), std::move(messages->elements)}, kernel::Commit{});
  if (!loaded) fail(loaded.failure().message);
  if (!*loaded) fail("refused");
  return 0;
}
