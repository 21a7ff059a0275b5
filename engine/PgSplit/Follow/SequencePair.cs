using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>A sequence by its names on both sides: one that belongs to a table that has come into another schema has come there with it.</summary>
readonly record struct SequencePair(QualifiedName Source, QualifiedName Target)
{
    public QualifiedName At(Side side) => side == Side.Source ? Source : Target;
}
