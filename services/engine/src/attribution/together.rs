//! One change in all the situations that the worlds leave open, alone and with what they carry.

use crate::{evidence::Interaction, layout::Product};

use super::{
    Settings,
    book::Book,
    carried::{Carried, Mask},
    explain::{Explanation, Problem, explain},
    scene::Scene,
    state::View,
};

/// Different things that worlds carry; the least probable beyond these are not looked at.
const MOST_MASKS: usize = 3;

/// A change, with the scenes that it makes together with what is carried.
pub(super) struct Together<'a> {
    carried: &'a Carried<'a>,
    scenes: Vec<(Mask, Scene)>,
    products: &'a [Product],
    settings: &'a Settings,
}

impl<'a> Together<'a> {
    /// `seen` are what the worlds see and carry, the most probable first.
    pub(super) fn of(
        book: &'a Book,
        interaction: &Interaction,
        scene: &Scene,
        carried: &'a Carried<'a>,
        seen: &[(View, Mask)],
    ) -> Self {
        let mut scenes: Vec<(Mask, Scene)> = Vec::new();
        for &(_, mask) in seen {
            if mask == 0 || scenes.len() == MOST_MASKS || scenes.iter().any(|s| s.0 == mask) {
                continue;
            }
            let together = carried.together(interaction, mask);
            let mut together = Scene::of(&book.layout, &together, &book.settings);
            together.lain.clone_from(&scene.lain);
            together.taken.clone_from(&scene.taken);
            together.rested = carried.rested(mask);
            // The same suspects, as the views have them; with ever more plates others may be nearer.
            if together.suspects == scene.suspects {
                scenes.push((mask, together));
            }
        }
        Self {
            carried,
            scenes,
            products: &book.layout.products,
            settings: &book.settings,
        }
    }

    /// Spans that are explained beside the change's own.
    pub(super) fn spans(&self) -> usize {
        self.scenes
            .iter()
            .map(|s| s.1.spans.len())
            .max()
            .unwrap_or(0)
    }

    /// The explanations of the change in one situation.
    pub(super) fn explain(&self, scene: &Scene, view: &View, mask: Mask) -> Vec<Explanation> {
        let alone = Problem {
            scene,
            view,
            products: self.products,
            settings: self.settings,
        };
        let Some((_, together)) = self.scenes.iter().find(|s| s.0 == mask) else {
            return explain(&alone);
        };
        let both = Problem {
            scene: together,
            ..alone
        };
        self.carried
            .both(explain(&alone), explain(&both), &both, mask)
    }
}
