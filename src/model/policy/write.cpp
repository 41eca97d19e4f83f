#include <fmt/core.h>

#include <iterator>

#include "model/document/document.h"
#include "model/document/yaml.h"
#include "model/policy/forms.h"
#include "model/words/text.h"
#include "model/words/words.h"

namespace egressc::model {
namespace {

// Of a short one, in a tree.
constexpr std::size_t nodes_of_grant = 6;
constexpr std::size_t bytes_of_grant = 32;

class Writer {
 public:
  explicit Writer(Detail detail) : detail_(detail) {}

  Tree write(const Policy& policy) {
    std::size_t grants = 0;
    for (const Subject& subject : policy.subjects) grants += subject.allow.size();
    tree_.reserve(grants * nodes_of_grant, grants * bytes_of_grant);
    tree_.open_map(Layout::block);
    literal("egressc", "1");
    text("scope", to_string(policy.scope));
    text("deny", to_string(policy.deny));
    text("mode", to_string(policy.mode));
    text("established", to_string(policy.established));
    if (policy.log) log(*policy.log);
    list("resolvers", policy.resolvers, [&](const Address& address) { tree_.add_scalar(to_string(address)); });
    list("baseline", policy.baseline, [&](Baseline baseline) { tree_.add_scalar(to_string(baseline)); });
    if (!policy.subjects.empty()) {
      key("subjects");
      tree_.open_map(Layout::block);
      for (const Subject& written : policy.subjects) {
        key(written.label);
        subject(written);
      }
      tree_.close();
    }
    review(policy.review);
    tree_.close();
    return take();
  }
  Tree take() { return std::move(tree_); }

  void entry(const Grant& granted, const Reason* reason) {
    tree_.open_map(Layout::block);
    grant(granted);
    if (reason != nullptr) text("reason", to_string(*reason));
    if (!granted.evidence.empty() && detail_ != Detail::meaning) {
      key("evidence");
      evidence(granted.evidence);
    }
    tree_.close();
  }

  void subject(const Subject& subject) {
    tree_.open_map(Layout::block);
    comment(subject.comment);
    ids("uid", subject.uids);
    ids("gid", subject.gids);
    if (!subject.allow.empty()) {
      key("allow");
      tree_.open_list(Layout::block);
      for (const Grant& granted : subject.allow) entry(granted, nullptr);
      tree_.close();
    }
    review(subject.review);
    tree_.close();
  }

  void evidence(const Evidence& evidence) {
    tree_.open_map(Layout::flow);
    if (evidence.seen != 0) literal("seen", std::to_string(evidence.seen));
    if (evidence.first != no_time) word("first", to_string_utc(evidence.first));
    if (evidence.last != no_time) word("last", to_string_utc(evidence.last));
    texts("by", evidence.by);
    texts("exe", evidence.exe);
    list("gid", evidence.gid, [&](std::uint32_t gid) { tree_.add_scalar(std::to_string(gid), Form::literal); });
    texts("claimed", evidence.claimed);
    tree_.close();
  }

 private:
  void key(std::string_view name) { tree_.add_scalar(name); }
  void text(std::string_view name, std::string_view value) {
    key(name);
    tree_.add_scalar(value);
  }
  void literal(std::string_view name, std::string_view value) {
    key(name);
    tree_.add_scalar(value, Form::literal);
  }
  void word(std::string_view name, std::string_view value) {
    key(name);
    tree_.add_scalar(value, Form::word);
  }
  void comment(const std::string& value) {
    if (!value.empty() && detail_ == Detail::everything) text("comment", valid_utf8(value));
  }

  template <typename T, typename Add>
  void list(std::string_view name, const std::vector<T>& values, Add add) {
    if (values.empty()) return;
    key(name);
    tree_.open_list(Layout::flow);
    for (const T& value : values) add(value);
    tree_.close();
  }

  void texts(std::string_view name, const std::vector<std::string>& values) {
    list(name, values, [&](const std::string& value) { tree_.add_scalar(valid_utf8(value)); });
  }

  void log(const LogRule& rule) {
    key("log");
    tree_.open_map(Layout::flow);
    literal("nflog", std::to_string(rule.nflog));
    text("rate", fmt::format("{}/{}", rule.rate, rule.per));
    tree_.close();
  }

  void id_range(const IdRange& ids) {
    if (ids.first == ids.last)
      tree_.add_scalar(std::to_string(ids.first), Form::literal);
    else
      tree_.add_scalar(id_text(ids), Form::word);
  }

  void ids(std::string_view name, const std::vector<IdRange>& ranges) {
    if (ranges.size() != 1) return list(name, ranges, [&](const IdRange& range) { id_range(range); });
    key(name);
    id_range(ranges.front());
  }

  void review(const std::vector<Review>& entries) {
    if (entries.empty() || detail_ == Detail::meaning) return;
    key("review");
    tree_.open_list(Layout::block);
    for (const Review& seen : entries) entry(seen.what, &seen.reason);
    tree_.close();
  }

  void grant(const Grant& grant) {
    const auto add_name = [&](const DomainName& name) {
      tree_.add_scalar(detail_ == Detail::meaning ? name.key() : name.spelling());
    };
    if (grant.names.size() > 1) {
      list("to", grant.names, add_name);
    } else {
      key("to");
      if (grant.prefix)
        tree_.add_scalar(to_string(*grant.prefix));
      else if (!grant.names.empty())
        add_name(grant.names.front());
      else
        tree_.add_null({});
    }
    list("ports", grant.services, [&](const Service& service) { tree_.add_scalar(to_string(service)); });
    list("addresses", grant.addresses, [&](const Prefix& prefix) { tree_.add_scalar(to_string(prefix)); });
    if (grant.live) literal("live", "true");
    if (grant.expires) word("expires", to_string(*grant.expires));
    comment(grant.comment);
    if (detail_ == Detail::meaning) return;
    if (grant.is_new) literal("new", "true");
    list("new", grant.new_addresses, [&](const Prefix& prefix) { tree_.add_scalar(to_string(prefix)); });
  }

  Detail detail_;
  Tree tree_;
};

Grant meaning_of(const Grant& grant) {
  Grant bare;
  bare.names = grant.names;
  bare.prefix = grant.prefix;
  bare.services = grant.services;
  bare.addresses = grant.addresses;
  bare.live = grant.live;
  bare.expires = grant.expires;
  return bare;
}

// Normalized again, because grants that only a comment or a mark told apart have become one.
Policy meaning_of(const Policy& policy) {
  using namespace model;
  Policy bare;
  bare.scope = policy.scope;
  bare.deny = policy.deny;
  bare.mode = policy.mode;
  bare.established = policy.established;
  bare.log = policy.log;
  bare.resolvers = policy.resolvers;
  bare.baseline = policy.baseline;
  for (const Subject& subject : policy.subjects) {
    Subject& into = bare.subjects.emplace_back();
    into.label = subject.label;
    into.uids = subject.uids;
    into.gids = subject.gids;
    into.allow.reserve(subject.allow.size());
    for (const Grant& grant : subject.allow) into.allow.push_back(meaning_of(grant));
  }
  normalize(bare);
  return bare;
}

}  // namespace

Tree policy_tree(const Policy& policy, Detail detail) { return Writer(detail).write(policy); }

Tree grant_tree(const Grant& grant) {
  Writer writer(Detail::everything);
  writer.entry(grant, nullptr);
  return writer.take();
}

Tree review_tree(const Review& entry) {
  Writer writer(Detail::everything);
  writer.entry(entry.what, &entry.reason);
  return writer.take();
}

Tree subject_tree(const Subject& subject) {
  Writer writer(Detail::everything);
  writer.subject(subject);
  return writer.take();
}

Tree evidence_tree(const Evidence& evidence) {
  Writer writer(Detail::everything);
  writer.evidence(evidence);
  return writer.take();
}

}  // namespace egressc::model

namespace egressc {

std::string write_policy_yaml(const Policy& policy) {
  return model::print_yaml(policy_tree(policy, model::Detail::everything));
}

std::string write_policy_json(const Policy& policy) {
  return print_json(model::policy_tree(policy, model::Detail::everything), Spacing::indented);
}

std::string policy_hash(const Policy& policy) {
  const bool plain = std::all_of(policy.subjects.begin(), policy.subjects.end(), [](const Subject& subject) {
    return std::all_of(subject.allow.begin(), subject.allow.end(), [](const Grant& grant) {
      using namespace model;
      return grant.comment.empty() && !grant.is_new && grant.new_addresses.empty();
    });
  });
  return sha256_hex(print_json(plain ? policy_tree(policy, model::Detail::meaning)
                                     : policy_tree(model::meaning_of(policy), model::Detail::meaning),
                               Spacing::compact));
}

}  // namespace egressc
