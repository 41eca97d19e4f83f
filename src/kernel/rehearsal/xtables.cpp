#include "kernel/rehearsal/xtables.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "egressc/diagnostics.h"
#include "kernel/nft/refusal.h"
#include "kernel/process/process.h"
#include "support/descriptor.h"

namespace egressc::kernel {
namespace {

std::string_view prefix(Family family) { return family == Family::ipv4 ? "iptables" : "ip6tables"; }

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

// Whether the kernel has tables of the old kind in this namespace: one line a table, net/netfilter/x_tables.c.
Result<bool> legacy_in_use(Family family) {
  const std::string path =
      fmt::format("/proc/thread-self/net/{}", family == Family::ipv4 ? "ip_tables_names" : "ip6_tables_names");
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return errno == ENOENT ? Result<bool>(false) : system_failure(path, errno);
  char byte = 0;
  ssize_t size = -1;
  do size = ::read(file.get(), &byte, 1);
  while (size < 0 && errno == EINTR);
  if (size < 0) return system_failure(path, errno);
  return size == 1;
}

// The program that prints legacy tables: its own name says so, or its version does where there is one kind only.
Result<std::string> find_legacy_save(Family family) {
  if (auto path = find_program(fmt::format("{}-legacy-save", prefix(family)))) return std::move(*path);
  if (auto path = find_program(fmt::format("{}-save", prefix(family)))) {
    const auto version = run_program(*path, {"--version"}, "");
    if (!version) return version.failure();
    if (version->output.find("nf_tables") == std::string::npos) return std::move(*path);
  }
  return Failure{
      fmt::format("{}-legacy-save is not installed, but there are legacy tables: install iptables", prefix(family))};
}

Result<std::string> printed_by(const std::string& path, const std::vector<std::string>& arguments = {}) {
  auto finished = run_program(path, arguments, "");
  if (!finished) return finished.failure();
  if (finished->status != 0)
    return Failure{fmt::format("{}: exit status {}: {}", path, finished->status, printable(finished->errors))};
  return std::move(finished->output);
}

Result<std::string> find_ipset() {
  if (auto path = find_program("ipset")) return std::move(*path);
  return Failure{"ipset is not installed, and live names are looked up in its sets: install ipset"};
}

}  // namespace

Result<XtablesPrograms> find_xtables(Family family) {
  for (const std::string_view kind : {"-nft", ""}) {
    auto restore = find_program(fmt::format("{}{}-restore", prefix(family), kind));
    auto save = find_program(fmt::format("{}{}-save", prefix(family), kind));
    if (!restore || !save) continue;
    const auto version = run_program(*restore, {"--version"}, "");
    if (!version) return version.failure();
    const std::string said(first_line(version->output));
    const bool legacy = said.find("nf_tables") == said.npos;
    return XtablesPrograms{std::move(*restore), std::move(*save), legacy, printable(said)};
  }
  return Failure{fmt::format("{}-restore is not installed: install iptables", prefix(family))};
}

Result<bool> restore(const XtablesPrograms& programs, std::string_view text, const std::string& file, bool places,
                     Diagnostics& diagnostics) {
  if (refuse_nul(text, file, diagnostics)) return false;
  // The legacy programs share a lock, iptables-restore(8).
  const auto finished = run_program(programs.restore, {"--wait", "30"}, text);
  if (!finished) return finished.failure();
  if (finished->status == 0) return true;
  explain_program_errors(base_name(programs.restore), finished->status, finished->errors,
                         places ? text : std::string_view(), file, diagnostics);
  return false;
}

Result<XtablesListing> save(const XtablesPrograms& programs, Family family) {
  auto text = printed_by(programs.save);
  if (!text) return text.failure();
  return XtablesListing{std::string(base_name(programs.save)), family, programs.legacy, std::move(*text)};
}

Result<bool> restore_sets(std::string_view text, Diagnostics& diagnostics) {
  const auto ipset = find_ipset();
  if (!ipset) return ipset.failure();
  const auto finished = run_program(*ipset, {"restore"}, text);
  if (!finished) return finished.failure();
  if (finished->status == 0) return true;
  explain_program_errors("ipset", finished->status, finished->errors, text, "policy.ipset", diagnostics);
  return false;
}

bool asks_for_sets(std::string_view text) {
  return text.find("-m set ") != text.npos || text.find("-j SET ") != text.npos;
}

Result<std::string> save_sets() {
  const auto ipset = find_ipset();
  if (!ipset) return ipset.failure();
  return printed_by(*ipset, {"save"});
}

Result<std::vector<XtablesListing>> list_legacy() {
  std::vector<XtablesListing> listings;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto used = legacy_in_use(family);
    if (!used) return used.failure();
    if (!*used) continue;
    const auto path = find_legacy_save(family);
    if (!path) return path.failure();
    auto text = printed_by(*path);
    if (!text) return text.failure();
    listings.push_back({std::string(base_name(*path)), family, true, std::move(*text)});
  }
  return listings;
}

}  // namespace egressc::kernel
