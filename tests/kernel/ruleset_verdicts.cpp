// ruleset_verdicts SIDE [NEW]: what a ruleset, as `diff` and `explain` take it, says of the flows on standard input,
// one a line: "UID GID LOOPBACK PROTOCOL ADDRESS PORT", numbers but for the address. Prints for each allowed, denied,
// undecided, or unspoken where the ruleset is for the other family. With NEW, what becomes of the flow by the
// difference: added, removed, unchanged (both let it through), or which of "+?-?" it is listed with; "=" if with none.
// Undecided rules are named on standard error.
#include <cstdio>
#include <optional>
#include <string>

#include "egressc/compare.h"
#include "flow_lines.h"
#include "intake/operand.h"

namespace {

using namespace egressc;

std::optional<Side> side_named(const std::string& word, const OperandContext& context, LiveMarkers& markers) {
  Diagnostics diagnostics;
  auto operand = read_operand(word, context, diagnostics);
  std::fputs(diagnostics.render(false).c_str(), stderr);
  if (!operand) std::fputs(operand.failure().message.c_str(), stderr);
  if (!operand || !*operand || diagnostics.has_errors()) return std::nullopt;
  Side side = side_of(std::move(**operand), markers);
  for (const Undecided& rule : side.meaning.undecided)
    std::fprintf(stderr, "undecided: %s: %s\n", rule.text.c_str(), rule.why.c_str());
  return side;
}

const char* verdict(const Side& side, const FlowPoint& flow) {
  if (!side.universe.contains(flow)) return "unspoken";
  return verdict(side.meaning, flow);
}

const char* change(const Difference& difference, const FlowPoint& flow) {
  if (!difference.universe.contains(flow)) return "unspoken";
  if (difference.added.contains(flow)) return "added";
  if (difference.removed.contains(flow)) return "removed";
  if (difference.unchanged.contains(flow)) return "unchanged";
  const bool more = difference.possibly_added.contains(flow);
  const bool less = difference.possibly_removed.contains(flow);
  return more && less ? "+?-?" : more ? "+?" : less ? "-?" : "=";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) return 2;
  Diagnostics diagnostics;
  auto context = open_operand_context({}, "", diagnostics);
  if (!context || !*context) return 1;
  LiveMarkers markers(true);
  const auto kernel = make_kernel();
  (*context)->markers = &markers;
  (*context)->kernel = kernel.get();
  const auto side = side_named(argv[1], **context, markers);
  const auto newer = argc == 3 ? side_named(argv[2], **context, markers) : std::nullopt;
  if (!side || (argc == 3 && !newer)) return 1;
  const auto difference = newer ? std::optional(compare_sides(*side, *newer)) : std::nullopt;
  FlowPoint flow;
  while (read_flow(flow)) std::puts(difference ? change(*difference, flow) : verdict(*side, flow));
  return 0;
}
