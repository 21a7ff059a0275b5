using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Ddl;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>What a move does otherwise where tables change their shape on the way. Of a move without shapes each of these is what it always was.</summary>
static class ShapedMove
{
    /// <summary>Makes the target's tables in their shape, and what that needs on the source.</summary>
    /// <returns>What a person should know.</returns>
    /// <exception cref="PgSplitException">The map asks for what can't be done; nothing was made.</exception>
    public static async Task<IReadOnlyList<string>> CreateTablesAsync(NpgsqlConnection source, NpgsqlConnection target, MoveDefinition definition, MoveSet set, CancellationToken ct)
    {
        if (definition.Shapes.Count == 0 && definition.UuidTables.Count == 0)
            return await TargetTables.CreateAsync(source, target, definition.Id, set, ct);

        var made = await ShapeState.ReadAsync(target, definition.Id, ct);
        if (made.Count > 0)
        {
            await SourceReadiness.PrepareAsync(source, definition.Id, made, ct);
            return await TargetTables.CreateAsync(source, target, definition.Id, await PlainAsync(source, definition, made, ct), ct);
        }

        var (shapes, flaws) = await ShapeResolver.ResolveAsync(source, definition, set.Tables, ct);
        if (flaws.Count > 0)
            throw new PgSplitException(ExitCode.Refused, string.Join("; ", flaws.Select(f => $"{f.Table} {f.Why}")), flaws[0].Remedy);
        if (shapes.Count == 0)
            return await TargetTables.CreateAsync(source, target, definition.Id, set, ct);
        await SourceReadiness.PrepareAsync(source, definition.Id, shapes, ct);
        await Failpoint.HitAsync("prepare.source-ready");
        IReadOnlyList<string> back = [];
        var said = await TargetTables.CreateAsync(
            source, target, definition.Id, set, ct,
            async () =>
            {
                var reshaped = await ShapedTarget.ReshapeAsync(source, target, definition.Id, shapes, set.Tables, ct);
                foreach (var statement in back)
                    await target.RunAsync(statement, ct);
                return reshaped;
            },
            async () => back = await StepAside.RunAsync(source, target, shapes, ct));
        var views = set.Of(ObjectKind.View, ObjectKind.MaterializedView).Select(v => v.Identity).Except((await PlainAsync(source, definition, shapes, ct)).Of(ObjectKind.View, ObjectKind.MaterializedView).Select(v => v.Identity));
        return [.. said, .. views.Select(v => $"view {v} reads a table that has another shape on the target, and is not carried: make it there anew")];
    }

    /// <summary>The tables that move as they are, with what goes along with them.</summary>
    public static Task<MoveSet> PlainAsync(NpgsqlConnection source, MoveDefinition definition, IReadOnlyList<ShapedTable> shapes, CancellationToken ct) =>
        MoveSet.ReadAsync(source, [.. definition.Tables.Except(shapes.Select(s => s.From))], ct);

    /// <summary>Sequences that both sides have: those of keys that became UUIDs go on numbering the source alone.</summary>
    /// <param name="set">As read on <paramref name="side"/>.</param>
    public static async Task<IReadOnlyList<SequencePair>> SequencesAsync(NpgsqlConnection source, NpgsqlConnection target, MoveDefinition definition, MoveSet set, Side side, CancellationToken ct)
    {
        var pairs = set.Sequences.Select(s => Pair(definition, s, side)).ToList();
        foreach (var (at, session) in new[] { (Side.Source, source), (Side.Target, target) })
        {
            var there = (await session.QueryAsync("SELECT n FROM unnest($1::text[]) n WHERE to_regclass(n) IS NOT NULL", r => r.GetString(0), ct, [pairs.Select(p => p.At(at).Sql).ToArray()])).ToHashSet(StringComparer.Ordinal);
            pairs.RemoveAll(p => !there.Contains(p.At(at).Sql));
        }

        return pairs;
    }

    static SequencePair Pair(MoveDefinition definition, Sequence sequence, Side side)
    {
        var name = sequence.Name;
        var (from, to) = definition.Shapes.Select(s => (From: s.Key, To: s.Value.To ?? s.Key)).FirstOrDefault(s => (side == Side.Source ? s.From : s.To) == sequence.OwnerTable);
        return from.Schema == to.Schema
            ? new SequencePair(name, name)
            : side == Side.Source ? new SequencePair(name, name with { Schema = to.Schema }) : new SequencePair(name with { Schema = from.Schema }, name);
    }

    /// <summary>Takes back what was made for the shapes beside the tables themselves.</summary>
    public static async Task TakeDownAsync(NpgsqlConnection source, NpgsqlConnection target, MoveDefinition definition, CancellationToken ct)
    {
        var shapes = await ShapeState.ReadAsync(target, definition.Id, ct);
        if (shapes.Count == 0)
            return;
        await SourceReadiness.UndoAsync(source, definition.Id, shapes, ct);
        foreach (var shape in shapes.Where(s => s.ToNeedsFull))
        {
            if (await target.ScalarAsync<bool>("SELECT to_regclass($1) IS NOT NULL", ct, shape.To.Sql))
                await target.ExecuteAsync($"ALTER TABLE {shape.To.Sql} REPLICA IDENTITY DEFAULT", ct);
        }

        await FlawRows.ForgetAsync(source, definition.Id, ct);
        await target.ExecuteAsync("DELETE FROM pgsplit.refused WHERE move_id = $1", ct, definition.Id);
    }

    /// <summary>The last thing of all: until then a move that was stopped while it ended still knows its tables on either side.</summary>
    public static async Task ForgetAsync(NpgsqlConnection target, string moveId, CancellationToken ct)
    {
        if ((await ShapeState.ReadAsync(target, moveId, ct)).Count > 0)
            await target.ExecuteAsync("DELETE FROM pgsplit.shaped WHERE move_id = $1", ct, moveId);
    }
}
