//! The proof system, reached only through this module, so that another implementation of the same format can be chosen
//! in one place.

pub use ff::{Field, FromUniformBytes, PrimeField};
pub use group::{Group, GroupEncoding};
pub use halo2_proofs::arithmetic::{
    Coordinates, CurveAffine, CurveExt, VartimeBatchInvert, VartimeField,
};
pub use halo2_proofs::circuit::{
    AssignedCell, Cell, Layouter, Region, SimpleFloorPlanner, Table, Value,
};
pub use halo2_proofs::plonk::{
    Advice, Any, Circuit, Column, Constraint, ConstraintSystem, Constraints, Error, Expression,
    Fixed, Instance, ProvingKey, Selector, SingleVerifier, TableColumn, VerificationStrategy,
    VerifyingKey, VirtualCells, create_proof, keygen_pk, keygen_vk, verify_proof,
};
pub use halo2_proofs::poly::commitment::{Blind, Guard, MSM, Params};
pub use halo2_proofs::poly::{EvaluationDomain, Rotation};
pub use halo2_proofs::transcript::{
    Blake2bRead, Blake2bWrite, Challenge255, EncodedChallenge, Transcript, TranscriptRead,
};
pub use halo2_proofs::{dev, plonk, poly};
pub use pasta_curves::{Eq, EqAffine, Fp, Fq};

/// A witnessed field element in the circuit.
pub type FieldCell = AssignedCell<Fp, Fp>;
