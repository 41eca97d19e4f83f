// What a lookup in a set finds.
#pragma once

#include <string>
#include <vector>

#include "egressc/flow_space.h"
#include "readers/nft_json_document.h"
#include "readers/nft_json_key.h"

namespace egressc::readers {

// The packets whose keys are surely, and possibly, found, among those that have the keys at all.
struct NftLookup {
  FlowSpace least;
  FlowSpace most;
  std::string why;  // they may differ
};

// Elements, one by one, become a lookup.
class NftElements {
 public:
  explicit NftElements(const NftKeys& keys) : keys_(keys) {}
  void add(const Json& element);
  // Of a key that is an address.
  void add(const Address& address);
  // One that may be any.
  void add_unknown(std::string why);
  // Not found every time.
  void doubt(std::string why);
  NftLookup finish() const;

 private:
  struct Boxes;

  void add_boxes(const Boxes& boxes);
  void add_transport(const Boxes& boxes);
  template <typename Why>
  void differ(Why why);

  const NftKeys& keys_;
  std::vector<FlowBox> sure_;  // where `why_` is not empty
  std::vector<FlowBox> possible_;
  bool is_doubtful_ = false;
  std::string why_;
};

bool is_catch_all(const Json& element);

}  // namespace egressc::readers
