#include "deploy/remove_target.h"

#include "egressc/flow_space.h"
#include "readers/listing/listing.h"

namespace egressc {

Target remove_target() {
  Target target;
  target.text = undo_text("");
  target.file = "remove";
  // A filter without hooks lets everything pass.
  target.operand = {"no table inet egressc", std::nullopt, std::nullopt, {{"", {}, possible_flows()}}};
  target.summary = "the table inet egressc goes, and with it all that it denies\n";
  return target;
}

}  // namespace egressc
