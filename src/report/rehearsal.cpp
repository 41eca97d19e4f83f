#include "report/rehearsal.h"

#include <fmt/core.h>

#include <algorithm>
#include <system_error>

#include "egressc/policy.h"
#include "report/words.h"

namespace egressc::report {
namespace {

constexpr std::string_view mismatch_style = "\033[31;1m";  // bold red
constexpr std::size_t most_mismatches = 50;
constexpr std::size_t most_subjects_by_kind = 8;
constexpr std::size_t most_subjects = 100;

// "agent (uid 1001, gid 5)"
std::string who(const Probe& probe) {
  const bool any_group = probe.subject != nullptr && probe.subject->gids.empty();
  return fmt::format("{} ({})", probe.subject == nullptr ? "no subject" : printable(probe.subject->label),
                     who_text(probe.flow.uid, any_group ? no_id : probe.flow.gid, ", "));
}

// "tcp 203.0.113.9 443", "icmp 203.0.113.9"
std::string what(const FlowPoint& flow) {
  const std::string to = fmt::format("{} {}", protocol_text(flow.protocol), to_string(flow.to));
  return is_icmp(flow.protocol) ? to : fmt::format("{} {}", to, flow.port);
}

// Why a packet could not be sent: "Network is unreachable".
std::string why_not_sent(int error) {
  return error == 0 ? "the packet went somewhere else" : std::system_category().message(error);
}

// Where it was granted; "" where a flow has to do with no grant.
std::string origin(const Probe& probe) {
  std::string place = "a resolver of the policy";
  if (probe.grant != nullptr)
    place = probe.grant->where.file.empty() ? "a grant" : "the grant at " + place_text(probe.grant->where);
  constexpr std::string_view origins[] = {"of {}",
                                          "{}",
                                          "of {}, which has expired",
                                          "an address beside {}",
                                          "a port beside {}",
                                          "another protocol than {}",
                                          "another family than {}",
                                          "another user than of {}",
                                          "another group than of {}",
                                          "a metadata service",
                                          "no resolver of the policy",
                                          "a service of this host",
                                          "somewhere"};
  static_assert(std::size(origins) == probe_kinds);
  return fmt::format(fmt::runtime(origins[static_cast<std::size_t>(probe.kind)]), place);
}

std::string mismatch_lines(const DialectRehearsal& dialect, bool color) {
  std::string text;
  const auto& mismatches = dialect.result.mismatches;
  for (std::size_t i = 0; i < std::min(mismatches.size(), most_mismatches); ++i) {
    const Probe& probe = dialect.probes[mismatches[i]];
    const std::string_view differs =
        probe.allowed ? "the policy allows it, the kernel stopped it" : "the policy denies it, the kernel let it pass";
    text += fmt::format("{} {}: {}: {}: {} ({})\n", painted(mismatch_style, "mismatch:", color), dialect.dialect,
                        who(probe), what(probe.flow), differs, origin(probe));
  }
  if (mismatches.size() > most_mismatches)
    text += fmt::format("{}: {} more mismatches; --json lists them\n", dialect.dialect,
                        mismatches.size() - most_mismatches);
  return text;
}

// "-" where there is nothing to say.
std::string number(std::size_t count, bool applies) { return applies ? std::to_string(count) : "-"; }

std::string row(std::string_view name, const ProbeCount& count) {
  std::string text = fmt::format("  {:28} {:>8} {:>8} {:>8} {:>8}", name, number(count.allowed, count.allowed != 0),
                                 number(count.passed, count.allowed != 0), number(count.denied, count.denied != 0),
                                 number(count.stopped, count.denied != 0));
  if (count.not_sent != 0) text += fmt::format("  {} not sent", count.not_sent);
  if (count.wrong() != 0) text += fmt::format("  {} wrong", count.wrong());
  return text + '\n';
}

std::string rows_by_kind(const SubjectCount& subject) {
  std::string text;
  for (std::size_t kind = 0; kind < probe_kinds; ++kind) {
    const ProbeCount& count = subject.kinds[kind];
    if (count != ProbeCount{}) text += row(fmt::format("  {}", to_string(static_cast<ProbeKind>(kind))), count);
  }
  return text;
}

std::string table(const DialectRehearsal& dialect) {
  const auto& subjects = dialect.result.subjects;
  std::string text = fmt::format("{}, loaded by {}\n", dialect.dialect, printable(dialect.loader));
  text += fmt::format("  {:28} {:>8} {:>8} {:>8} {:>8}\n", "", "allowed", "passed", "denied", "stopped");
  const bool by_kind = subjects.size() <= most_subjects_by_kind;
  SubjectCount all, left_out;
  std::size_t shown = 0, not_shown = 0;
  for (const SubjectCount& subject : subjects) {
    for (std::size_t kind = 0; kind < probe_kinds; ++kind) all.kinds[kind] += subject.kinds[kind];
    if (shown == most_subjects && subject.total().wrong() == 0) {
      ++not_shown;
      left_out.kinds[0] += subject.total();
      continue;
    }
    ++shown;
    text += row(subject.subject == nullptr ? "no subject" : printable(subject.subject->label, 28), subject.total());
    if (by_kind) text += rows_by_kind(subject);
  }
  if (not_shown != 0) text += row(fmt::format("{} more subjects", not_shown), left_out.total());
  if (subjects.size() > 1) text += row("all", all.total());
  if (!by_kind) text += rows_by_kind(all);
  return text;
}

std::string unsent_lines(const DialectRehearsal& dialect) {
  std::string text;
  for (const Unsent& each : dialect.result.unsent) {
    const Probe& first = dialect.probes[each.first];
    text += fmt::format("  not sent, with or without the ruleset: {} ({}), such as {}: {}\n", each.count,
                        why_not_sent(each.error), who(first), what(first.flow));
  }
  return text;
}

void add_counts(JsonText& json, const ProbeCount& count) {
  json.number("allowed", count.allowed);
  json.number("passed", count.passed);
  json.number("denied", count.denied);
  json.number("stopped", count.stopped);
  json.number("not_sent", count.not_sent);
}

void add_subject(JsonText& json, const Subject* subject) {
  json.key("subject");
  if (subject == nullptr)
    json.null();
  else
    json.text(subject->label);
}

void add_probe(JsonText& json, const Probe& probe) {
  add_subject(json, probe.subject);
  json.number("uid", probe.flow.uid);
  json.number("gid", probe.flow.gid);
  json.text("flow", what(probe.flow));
}

void add_mismatch(JsonText& json, const Probe& probe) {
  json.open_object();
  add_probe(json, probe);
  json.text("kind", to_string(probe.kind));
  json.text("policy", probe.allowed ? "allowed" : "denied");
  json.text("kernel", probe.allowed ? "stopped" : "passed");
  json.key("grant");
  if (probe.grant == nullptr) {
    json.null();
  } else {
    json.open_object();
    add_place(json, probe.grant->where);
    json.close();
  }
  json.close();
}

void add_subject_counts(JsonText& json, const SubjectCount& subject) {
  json.open_object();
  add_subject(json, subject.subject);
  json.open_list("kinds");
  for (std::size_t kind = 0; kind < probe_kinds; ++kind) {
    if (subject.kinds[kind] == ProbeCount{}) continue;
    json.open_object();
    json.text("kind", to_string(static_cast<ProbeKind>(kind)));
    add_counts(json, subject.kinds[kind]);
    json.close();
  }
  json.close();
  json.close();
}

void add_dialect(JsonText& json, const DialectRehearsal& dialect) {
  json.open_object();
  json.text("dialect", dialect.dialect);
  json.text("loader", dialect.loader);
  add_counts(json, dialect.result.total());
  json.list("mismatches", dialect.result.mismatches,
            [&](std::size_t index) { add_mismatch(json, dialect.probes[index]); });
  json.list("subjects", dialect.result.subjects,
            [&](const SubjectCount& subject) { add_subject_counts(json, subject); });
  json.list("not_sent_because", dialect.result.unsent, [&](const Unsent& each) {
    json.open_object();
    json.text("why", why_not_sent(each.error));
    json.number("flows", each.count);
    json.open_object("such_as");
    add_probe(json, dialect.probes[each.first]);
    json.close();
    json.close();
  });
  json.close();
}

}  // namespace
}  // namespace egressc::report

namespace egressc {

std::string rehearsal_text(std::span<const DialectRehearsal> dialects, bool color) {
  using namespace report;
  std::string text;
  for (const DialectRehearsal& dialect : dialects)
    text += mismatch_lines(dialect, color) + table(dialect) + unsent_lines(dialect);
  return text;
}

std::string rehearsal_summary(std::span<const DialectRehearsal> dialects) {
  std::string text;
  for (const DialectRehearsal& dialect : dialects) {
    const std::size_t flows = dialect.result.total().sent();
    const std::size_t wrong = dialect.result.mismatches.size();
    const double seconds = std::chrono::duration<double>(dialect.probing).count();
    text += fmt::format("{}: {} flows sent, {}; {:.3f} s, {:.0f} flows a second\n", dialect.dialect, flows,
                        wrong == 0 ? "no mismatch" : plural(wrong, "mismatch", "mismatches"), seconds,
                        seconds > 0 ? static_cast<double>(flows) / seconds : 0);
  }
  return text;
}

std::string rehearsal_json(std::span<const DialectRehearsal> dialects, std::string_view policy, std::uint64_t seed) {
  using namespace report;
  JsonText json;
  json.open_object();
  json.number("version", 1);
  json.text("policy", policy);
  json.number("seed", seed);
  json.list("dialects", dialects, [&](const DialectRehearsal& dialect) { add_dialect(json, dialect); });
  json.close();
  return json.print();
}

}  // namespace egressc
