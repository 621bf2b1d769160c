//! A proof's transcript, with a stand-in for each of its points.

use std::io;
use zkmargin_gadgets::halo2::{
    Blake2bRead, Challenge255, EncodedChallenge, EqAffine, Fp, Transcript, TranscriptRead,
};

/// Reads a proof. Its own points are hashed and kept; the proof system is given a stand-in for each, so what it
/// assembles says how many times each of them is taken, but not of what. The commitment to the public inputs is the
/// first of the points; its stand-in comes from the proof system.
pub(super) struct StandInRead<'a> {
    inner: Blake2bRead<&'a [u8], EqAffine, Challenge255<EqAffine>>,
    stand_ins: &'a [EqAffine],
    /// The proof system's commitment to other public inputs.
    pub(super) public_stand_in: Option<EqAffine>,
    /// Points in the order of the transcript, never the identity.
    pub(super) points: Vec<EqAffine>,
    /// Challenges in the order of the protocol.
    pub(super) challenges: Vec<Fp>,
    /// Numbers of the proof.
    pub(super) scalars: Vec<Fp>,
    /// Something was requested that no proof of the circuits here has.
    pub(super) unforeseen: bool,
}

impl<'a> StandInRead<'a> {
    /// A transcript of a proof about public inputs with this commitment.
    pub(super) fn new(proof: &'a [u8], public: EqAffine, stand_ins: &'a [EqAffine]) -> Self {
        Self {
            inner: Blake2bRead::init(proof),
            stand_ins,
            public_stand_in: None,
            points: vec![public],
            challenges: Vec::new(),
            scalars: Vec::new(),
            unforeseen: false,
        }
    }
}

impl Transcript<EqAffine, Challenge255<EqAffine>> for StandInRead<'_> {
    fn squeeze_challenge(&mut self) -> Challenge255<EqAffine> {
        let challenge = self.inner.squeeze_challenge();
        self.challenges.push(challenge.get_scalar());
        challenge
    }

    /// The proof system calls this for the commitment to the public inputs, and for no other point.
    fn common_point(&mut self, point: EqAffine) -> io::Result<()> {
        match self.public_stand_in.replace(point) {
            None => self.inner.common_point(self.points[0]),
            Some(_) => {
                self.unforeseen = true;
                Err(io::Error::other("a second column of public inputs"))
            }
        }
    }

    fn common_scalar(&mut self, scalar: Fp) -> io::Result<()> {
        self.inner.common_scalar(scalar)
    }
}

impl TranscriptRead<EqAffine, Challenge255<EqAffine>> for StandInRead<'_> {
    fn read_point(&mut self) -> io::Result<EqAffine> {
        // The first point is not one of the proof's.
        let Some(stand_in) = self.stand_ins.get(self.points.len() - 1).copied() else {
            self.unforeseen = true;
            return Err(io::Error::other("more points than stand-ins"));
        };
        self.points.push(self.inner.read_point()?);
        Ok(stand_in)
    }

    fn read_scalar(&mut self) -> io::Result<Fp> {
        let scalar = self.inner.read_scalar()?;
        self.scalars.push(scalar);
        Ok(scalar)
    }
}
