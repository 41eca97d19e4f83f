#include <variant>
#include <vector>

#include "egressc/observation.h"
#include "kernel/nft/message.h"
#include "kernel/nft/nft.h"

namespace egressc::kernel {

void append_number(Bytes& bytes, std::uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

Bytes number(std::uint64_t value, unsigned size) {
  Bytes bytes;
  append_number(bytes, value, size);
  return bytes;
}

Bytes host_number(std::uint32_t value) {
  Bytes bytes;
  for (std::size_t i = 0; i < sizeof value; ++i) bytes.push_back(reinterpret_cast<const std::uint8_t*>(&value)[i]);
  return bytes;
}

Bytes bytes_of(const Address& address) {
  Bytes bytes;
  if (address.family == Family::ipv6) append_number(bytes, address.high, 8);
  append_number(bytes, address.low, address.family == Family::ipv6 ? 8 : 4);
  return bytes;
}

std::uint8_t protocol_number(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return ip_protocol::tcp;
    case Protocol::icmp:
      return ip_protocol::icmp;
    case Protocol::icmpv6:
      return ip_protocol::icmpv6;
    default:
      return ip_protocol::udp;
  }
}

namespace {

constexpr std::size_t longest_comment = 128;  // bytes; NFTNL_UDATA_COMMENT_MAXLEN, libnftnl/udata.h

// NFTNL_UDATA_CHAIN_COMMENT and NFTNL_UDATA_RULE_COMMENT.
UserData comment_data(const std::string& comment) { return std::move(UserData().add_text(0, comment)); }

class Encoder {
 public:
  std::optional<Messages> encode(const NftChange& change) {
    for (const NftCommand& command : change.commands) std::visit(*this, command);
    if (!is_good_) return std::nullopt;
    return std::move(messages_);
  }

  void operator()(const NftClear&) {
    add_table();
    Message message(messages_.rules, NFT_MSG_DELTABLE, 0);
    message.put(NFTA_TABLE_NAME, nft_table_name);
  }

  void operator()(const NftRemoval& removal) {
    struct Attributes {
      unsigned message;
      std::uint16_t table;
      std::uint16_t name;
    };
    constexpr Attributes all[] = {{NFT_MSG_DELRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN},
                                  {NFT_MSG_DELCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME},
                                  {NFT_MSG_DELSET, NFTA_SET_TABLE, NFTA_SET_NAME}};
    const Attributes& attributes = all[static_cast<std::size_t>(removal.what)];
    Message message(messages_.rules, attributes.message, 0);
    message.put(attributes.table, nft_table_name);
    message.put(attributes.name, removal.name);
  }

  void operator()(const NftTable& table) {
    add_table();
    for (const NftChain& chain : table.chains) add_chain(chain);
    for (const auto& set : table.sets) {
      const SetHead head{set->name, ids_[set->name] = ++last_id_};
      check(set->name, set->comment);
      put_set(messages_.rules, *set, head);
      add_elements(*set, head, set->elements, false);
    }
    for (const NftChain& chain : table.chains)
      for (const NftRule& rule : chain.rules) add_rule(chain.name, rule);
  }

  void operator()(const NftAddition& addition) {
    const NftSet& set = *addition.set;
    const auto id = ids_.find(set.name);
    add_elements(set, {set.name, id == ids_.end() ? 0 : id->second}, addition.elements, !set.elements.empty());
  }

 private:
  void check(std::string_view name, std::string_view comment) {
    is_good_ = is_good_ && name.size() < NFT_NAME_MAXLEN && comment.size() <= longest_comment;
  }

  void add_table() {
    Message message(messages_.rules, NFT_MSG_NEWTABLE, 0);
    message.put(NFTA_TABLE_NAME, nft_table_name);
    message.put32(NFTA_TABLE_FLAGS, 0);
  }

  void add_chain(const NftChain& chain) {
    check(chain.name, chain.comment);
    Message message(messages_.rules, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
    message.put(NFTA_CHAIN_TABLE, nft_table_name);
    message.put(NFTA_CHAIN_NAME, chain.name);
    if (!chain.comment.empty()) message.put_bytes(NFTA_CHAIN_USERDATA, comment_data(chain.comment).bytes());
    if (!chain.drops) return;
    message.put(NFTA_CHAIN_TYPE, "filter");
    message.put32(NFTA_CHAIN_POLICY, *chain.drops ? NF_DROP : NF_ACCEPT);
    message.nest(NFTA_CHAIN_HOOK, [&] {
      message.put32(NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
      message.put32(NFTA_HOOK_PRIORITY, 0);  // NF_IP_PRI_FILTER
    });
  }

  void add_elements(const NftSet& set, SetHead head, std::span<const NftElement> elements, bool is_begun) {
    put_elements(set.has_services ? messages_.elements : messages_.rules, set, head, elements, is_begun);
    if (set.has_services) messages_.count += elements.size();
  }

  void add_rule(const std::string& chain, const NftRule& rule) {
    check({}, rule.comment);
    own_.clear();
    for (const NftStatement& statement : rule.statements)
      if (const auto set = put_own_set(messages_.rules, statement, last_id_ + 1)) {
        own_.push_back(*set);
        ++last_id_;
      }
    Message message(messages_.rules, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
    message.put(NFTA_RULE_TABLE, nft_table_name);
    message.put(NFTA_RULE_CHAIN, chain);
    put_expressions(message, rule, own_, ids_);
    if (!rule.comment.empty()) message.put_bytes(NFTA_RULE_USERDATA, comment_data(rule.comment).bytes());
  }

  Messages messages_;
  bool is_good_ = true;
  std::uint32_t last_id_ = 0;
  SetIds ids_;                // of named sets
  std::vector<SetHead> own_;  // of the rule in the making
};

}  // namespace

std::optional<Messages> encode(const NftChange& change) { return Encoder().encode(change); }

}  // namespace egressc::kernel
