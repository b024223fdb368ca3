//! What fits an expected event, and what does not.

use serde_json::{Value, json};

use super::lamp::LampEvent;
use crate::kit::{Pattern, absent, any, any_id, event, exactly, id, partial};
use crate::secret::Verifier;

fn fits(pattern: &Pattern, stored: &Value) -> bool {
    pattern.compare(stored).iter().all(|field| field.fits)
}

#[test]
fn a_partial_event_asks_only_for_what_it_names() {
    let stored = json!({"type": "door.opened", "at": "now", "by": "Ada", "with": 3});
    assert!(fits(&event("door.opened"), &stored));
    assert!(fits(&event("door.opened").with("by", "Ada"), &stored));
    assert!(!fits(&event("door.opened").with("by", "Bob"), &stored));
    assert!(!fits(&event("door.opened").with("why", "Ada"), &stored));
    assert!(!fits(&event("door.closed"), &stored));
}

#[test]
fn a_whole_event_asks_for_everything_but_its_time() {
    let whole = LampEvent::Locked { key: Verifier::plain("k"), note: "n".to_owned(), forgotten: false };
    let stored = json!({"type": "lamp.locked", "at": "now", "key": {"$s1v": "k"}, "note": "n"});
    assert!(fits(&exactly(whole.clone()), &stored));
    assert!(!fits(&exactly(whole.clone()), &json!({"type": "lamp.locked", "at": "now", "note": "n"})));
    let longer = json!({"type": "lamp.locked", "at": "now", "key": {"$s1v": "k"}, "note": "n", "by": "Ada"});
    assert!(!fits(&exactly(whole.clone()), &longer));
    let other = json!({"type": "lamp.locked", "at": "now", "key": {"$s1v": "K"}, "note": "n"});
    assert!(!fits(&exactly(whole), &other));
}

#[test]
fn any_id_is_a_well_formed_id_and_nothing_else() {
    let asked = event("e").with("id", any_id());
    let stored = |id: Value| json!({"type": "e", "id": id});
    assert!(fits(&asked, &stored(json!(id::<crate::id::kind::SignIn>(7)))));
    for other in [
        json!("si_7"),
        json!("01890000-0000-7000-8000-000000000007"),
        json!("_01890000-0000-7000-8000-000000000007"),
        json!("si_01890000-0000-4000-8000-000000000007"),
        json!("si_01890000-0000-7000-8000-00000000000A"),
        json!(7),
    ] {
        assert!(!fits(&asked, &stored(other.clone())), "{other}");
    }
    assert!(!fits(&asked, &json!({"type": "e"})));
}

#[test]
fn any_is_there_and_absent_is_not() {
    let (with, without) = (json!({"type": "e", "x": null}), json!({"type": "e"}));
    assert!(fits(&event("e").with("x", any()), &with));
    assert!(!fits(&event("e").with("x", any()), &without));
    assert!(fits(&event("e").with("x", absent()), &without));
    assert!(!fits(&event("e").with("x", absent()), &with));
}

#[test]
fn an_object_is_whole_unless_it_is_said_to_be_partial() {
    let stored = json!({"type": "e", "device": {"id": "dv_1", "token": {"$s1v": "t"}}});
    let partly = json!({"id": "dv_1"});
    assert!(!fits(&event("e").with("device", &partly), &stored));
    assert!(fits(&event("e").with("device", partial(&partly)), &stored));
    assert!(!fits(&event("e").with("device", partial(json!({"id": "dv_2"}))), &stored));
    assert!(!fits(&event("e").with("device", partial(&partly)), &json!({"type": "e", "device": "dv_1"})));
    assert!(fits(&event("e").with("device", partial(json!({"id": any(), "name": absent()}))), &stored));
}
