
#include "egressc/policy.h"
#include "model/document/yaml.h"
#include "model/policy/forms.h"
#include "model/policy/input.h"

namespace egressc::model {
namespace {

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 64 && (is_letter(text[0]) || text[0] == '_') &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; });
}

constexpr MapField<Subject> subject_fields[] = {
    {"comment",
     [](Input input, NodeId node, auto& subject) { subject.comment = input.text(node, "comment").value_or(""); }},
    {"uid", [](Input input, NodeId node, auto& subject) { read_ids(input, node, "uid", subject.uids); }},
    {"gid", [](Input input, NodeId node, auto& subject) { read_ids(input, node, "gid", subject.gids); }},
    {"allow", [](Input input, NodeId node, auto& subject) { read_allow(input, node, subject.allow); }},
    {"review", [](Input input, NodeId node, auto& subject) { read_review(input, node, subject.review); }},
};

void read_subjects(const PolicyInput& input, NodeId node, Policy& policy) {
  const Tree& tree = input.tree;
  if (tree.kind(node) != NodeKind::map) return input.wrong_kind(node, "a map of subjects");
  for (NodeId key = tree.first(node); key != no_node; key = tree.next(tree.next(key))) {
    if (tree.kind(key) != NodeKind::scalar) continue;  // read_document() has complained
    Subject subject;
    subject.label = tree.text(key);
    subject.where = input.where(key);
    if (!is_label(subject.label))
      input.error(key, fmt::format("\"{}\" cannot be the name of a subject", printable(subject.label)),
                  "a letter, then up to 63 letters, digits, \"_\", \"-\" and \".\"");
    if (!read_fields<Subject>(input, tree.next(key), "a subject", subject_fields, subject)) continue;
    if (tree.find(tree.next(key), "uid") == no_node && tree.find(tree.next(key), "gid") == no_node)
      input.error(key, fmt::format("the subject \"{}\" has neither `uid` nor `gid`", printable(subject.label)));
    policy.subjects.push_back(std::move(subject));
  }
}

void read_rate(const PolicyInput& input, NodeId node, LogRule& log) {
  const auto text = input.text(node, "rate");
  if (!text) return;
  const std::size_t slash = std::min(text->find('/'), text->size());
  const auto rate = parse_decimal(text->substr(0, slash), highest_rate);
  const std::string_view per = text->substr(std::min(slash + 1, text->size()));
  if (rate && *rate != 0 && std::find(std::begin(rate_units), std::end(rate_units), per) != std::end(rate_units)) {
    log.rate = static_cast<std::uint32_t>(*rate);
    log.per = per;
    return;
  }
  input.error(node, fmt::format("rate: \"{}\" is not a number of packets and a unit of time", printable(*text)),
              fmt::format("1 to {} per second, minute, hour or day: 10/second", highest_rate));
}

constexpr MapField<LogRule> log_fields[] = {
    {"nflog",
     [](Input input, NodeId node, auto& log) {
       log.nflog = static_cast<std::uint16_t>(input.number(node, "nflog", 1, 65535).value_or(log.nflog));
     }},
    {"rate", read_rate},
};

constexpr MapField<Policy> policy_fields[] = {
    {"egressc",
     [](Input input, NodeId node, auto&) {
       const auto version = input.text(node, "egressc");
       if (version && *version != "1")
         input.error(node, fmt::format("version {} of the format is not known to this program", printable(*version)),
                     "egressc: 1");
     }},
    {"scope", [](Input input, NodeId node,
                 auto& policy) { policy.scope = input.word<Scope>(node, "scope", scopes).value_or(policy.scope); }},
    {"deny", [](Input input, NodeId node,
                auto& policy) { policy.deny = input.word<Deny>(node, "deny", denials).value_or(policy.deny); }},
    {"mode", [](Input input, NodeId node,
                auto& policy) { policy.mode = input.word<Mode>(node, "mode", modes).value_or(policy.mode); }},
    {"established",
     [](Input input, NodeId node, auto& policy) {
       policy.established =
           input.word<Established>(node, "established", established_rules).value_or(policy.established);
     }},
    {"log", [](Input input, NodeId node,
               auto& policy) { read_fields<LogRule>(input, node, "log", log_fields, policy.log.emplace()); }},
    {"resolvers",
     [](Input input, NodeId node, auto& policy) {
       input.each(node, "a list of addresses", [&](NodeId element) {
         if (const auto address = read_address(input, element, "resolvers")) policy.resolvers.push_back(*address);
       });
     }},
    {"baseline",
     [](Input input, NodeId node, auto& policy) {
       input.each(node, "a list of what a host needs", [&](NodeId element) {
         if (const auto word = input.word<Baseline>(element, "baseline", baselines)) policy.baseline.push_back(*word);
       });
     }},
    {"subjects", read_subjects},
    {"review", [](Input input, NodeId node, auto& policy) { read_review(input, node, policy.review); }},
};

Policy read_root(const PolicyInput& input) {
  Policy policy;
  if (!read_fields<Policy>(input, 0, "a policy", policy_fields, policy)) return policy;
  if (input.tree.find(0, "egressc") == no_node)
    input.error(0, "this does not say that it is a policy, nor of which version", "it begins with \"egressc: 1\"");
  if (input.tree.find(0, "scope") == no_node)
    input.error(0, "a policy has no `scope`", "host governs every user, subjects only those listed");
  return policy;
}

// `keep` is called with the policy before it is normalized.
template <typename Keep>
std::optional<Policy> read(std::string_view text, const std::string& file, const UserIds* users,
                           Diagnostics& diagnostics, Keep keep) {
  text = without_byte_order_mark(text);
  Complaints complaints(text, file, diagnostics);
  const auto tree = read_document(text, complaints);
  if (!tree) return std::nullopt;
  Policy policy = read_root({*tree, complaints, users});
  if (complaints.any()) return std::nullopt;
  keep(policy);
  normalize(policy);

  Diagnostics rules;
  validate(policy, rules);
  for (const Diagnostic& broken : rules.all())
    complaints.error({broken.where.line, broken.where.column}, broken.message, broken.hint);
  if (complaints.any()) return std::nullopt;
  return policy;
}

}  // namespace
}  // namespace egressc::model

namespace egressc {

std::string_view to_string(Scope scope) { return scope == Scope::host ? "host" : "subjects"; }

std::string_view to_string(Deny deny) { return deny == Deny::reject ? "reject" : "drop"; }

std::string_view to_string(Mode mode) { return mode == Mode::enforce ? "enforce" : "monitor"; }

std::string_view to_string(Established established) { return established == Established::keep ? "keep" : "cut"; }

std::string_view to_string(Baseline baseline) {
  constexpr std::string_view words[] = {"ndp", "mld", "dhcp", "icmp-errors", "loopback"};
  return words[static_cast<std::size_t>(baseline)];
}

std::string_view to_string(Reason reason) {
  constexpr std::string_view words[] = {"metadata", "guard",     "claimed",   "denied",     "noise",
                                        "unsent",   "rebinding", "ambiguous", "no-subject", "unused"};
  return words[static_cast<std::size_t>(reason)];
}

std::optional<Policy> read_policy(std::string_view text, const std::string& file, const UserIds* users,
                                  Diagnostics& diagnostics) {
  return model::read(text, file, users, diagnostics, [](const Policy&) {});
}

std::optional<Policy> read_policy_as_written(std::string_view text, const std::string& file, const UserIds* users,
                                             Diagnostics& diagnostics) {
  Policy written;
  if (!model::read(text, file, users, diagnostics, [&](const Policy& policy) { written = policy; }))
    return std::nullopt;
  return written;
}

}  // namespace egressc
