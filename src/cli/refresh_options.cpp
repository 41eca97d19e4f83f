#include "cli/refresh_options.h"

#include <fmt/core.h>

#include <charconv>

#include "cli/option_values.h"
#include "intake/reviewed_policy.h"

namespace egressc {
namespace {

namespace po = boost::program_options;

po::options_description visible_options() {
  po::options_description options("Options", 100);
  add_namespace_options(options);
  options.add_options()("once", "ask for every name once, and end (default)")(
      "watch", "go on, and ask for each name at its TTL, until SIGTERM or SIGINT")(
      "grace", po::value<std::string>()->value_name("TIME"),
      "how long an address stays open that the resolver no longer names (default: 5m)")(
      "resolver", po::value<std::string>()->value_name("ADDR[:PORT]"), "ask this one, not those of resolv.conf(5)")(
      "passwd", po::value<std::string>()->value_name("FILE"),
      "names of users, in the form of passwd(5) (default: /etc/passwd)")(
      "now", po::value<std::string>()->value_name("TIME"), "for grants that expire (default: the system's clock)")(
      "json", "each change as an object of JSON, on a line of standard output")("quiet,q", "print errors only")(
      "color", po::value<std::string>()->value_name("auto|always|never"), "colors (default: on a terminal)")(
      "help,h", "this text");
  return options;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

void read_grace(OptionReader& reader, RefreshLimits& limits) {
  std::chrono::milliseconds grace = limits.grace;
  reader.value("grace", grace, parse_duration, "a time from 1s to 24h: 60s, 5m");
  if (grace < std::chrono::seconds(1))
    reader.wrong("grace", reader.text("grace"), "a second at least: connections are being opened meanwhile");
  limits.grace = std::chrono::ceil<std::chrono::seconds>(grace);
}

}  // namespace

std::optional<DnsServer> parse_dns_server(std::string_view text) {
  if (const auto address = parse_address(text)) return DnsServer{*address};
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool has_brackets = host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  const auto address = parse_address(host);
  const auto port = parse_port(text.substr(colon + 1));
  if (!address || !port || has_brackets != (host.find(':') != host.npos)) return std::nullopt;
  return DnsServer{*address, *port};
}

std::string refresh_help() {
  return fmt::format(
      "usage: egressc refresh [options] POLICY\n\n"
      "Keeps the live names of a policy that was applied up to date: asks the host's resolver for them, and for no\n"
      "other name, and puts what it answers into their sets. For hosts whose resolver does not fill the sets itself.\n"
      "- is standard input.\n\n{}\n"
      "Exit status: 0 every name was answered, or stopped by a signal; 2 wrong input; 3 some were not answered, or "
      "the\n"
      "kernel refused. See egressc-refresh(1).\n",
      help_of(visible_options()));
}

Result<std::optional<RefreshOptions>> parse_refresh_options(const std::vector<std::string>& arguments,
                                                            Diagnostics& diagnostics) {
  const auto values = read_arguments("refresh", visible_options(), arguments, diagnostics);
  if (!values) return std::optional<RefreshOptions>();
  OptionReader reader(*values, diagnostics);
  RefreshOptions options;
  read_namespace_options(reader, options.place);
  options.place.quiet = reader.flag("quiet");
  reader.value("color", options.place.color, parse_color_mode, "auto, always or never");
  // Where logs are read --resolver is another option.
  po::variables_map others = *values;
  others.erase("resolver");
  OptionReader input_reader(others, diagnostics);
  auto input = read_input_options(input_reader, diagnostics);
  if (!input) return input.failure();
  options.input = std::move(*input);
  if (!reader.flag("passwd")) options.input.users = host_users();
  options.watch = reader.flag("watch");
  if (options.watch && reader.flag("once"))
    diagnostics.error({}, "--once ends after one round, and --watch goes on", "give one of them");
  options.json = reader.flag("json");
  read_grace(reader, options.limits);
  if (reader.flag("resolver")) {
    options.resolver = parse_dns_server(reader.text("resolver"));
    if (!options.resolver)
      reader.wrong("resolver", reader.text("resolver"), "an address: 192.0.2.1, 192.0.2.1:5353, [2001:db8::1]:5353");
  }
  const auto words = reader.list("input");
  if (words.size() == 1)
    options.policy = words.front();
  else
    diagnostics.error({}, fmt::format("refresh takes one policy, and here are {}", words.size()),
                      words.empty() ? "egressc refresh policy.yaml" : "give the one that was applied");
  if (diagnostics.has_errors()) return std::optional<RefreshOptions>();
  return std::optional(std::move(options));
}

}  // namespace egressc
