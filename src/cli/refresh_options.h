// The command line of `egressc refresh` as a value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/change_options.h"
#include "cli/input_options.h"
#include "egressc/diagnostics.h"
#include "refresh/refresh.h"
#include "resolver/resolver.h"

namespace egressc {

struct RefreshOptions {
  std::string policy;
  ChangeOptions place;  // its namespace, its state directory, and how to print
  InputOptions input;   // `now` and `users`
  std::optional<DnsServer> resolver;
  RefreshLimits limits;
  bool watch = false;
  bool json = false;
};

// The text of `egressc refresh --help`.
std::string refresh_help();

// nullopt exactly if errors were added; a Failure if --passwd cannot be read.
Result<std::optional<RefreshOptions>> parse_refresh_options(const std::vector<std::string>& arguments,
                                                            Diagnostics& diagnostics);

// "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353"; nullopt for anything else.
std::optional<DnsServer> parse_dns_server(std::string_view text);

}  // namespace egressc
