using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;

namespace Hdms.Tickets.Approvals;

/// <summary>Reads and writes rows of <c>approvals</c>; every write appends the event that tells of it.</summary>
static class ApprovalTable
{
    public static readonly Table<Approval> Rows = new("approvals");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = new StateTable("approvals", async (unit, id) => Stream(await Rows.LockAsync(unit, id))).Whole<ApprovalState>();

    /// <summary>The row, kept from other writers until the unit of work ends. Lock its ticket first.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public static async Task<Approval> LockAsync(UnitOfWork unit, Guid id) =>
        await Rows.FindAsync(unit, "WHERE r.id = @id AND NOT r.is_deleted FOR UPDATE", new { id }) ?? throw Refusal.NotFound("approval");

    public static async Task<Approval> InsertAsync<T>(UnitOfWork unit, Approval thing)
        where T : ApprovalState, new()
    {
        var row = thing with { Id = Guid.CreateVersion7(unit.Now), CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };
        await Rows.InsertAsync(unit, row);
        var e = row.As<T>();
        await unit.AppendAsync(new EventStream(row.Id, 0), e, new Audit(After: e));
        return row;
    }

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<Approval> SaveAsync<T>(UnitOfWork unit, Approval before, Approval after, string? reason = null, Func<T, T>? with = null)
        where T : ApprovalState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        var e = row.As<T>();
        await unit.AppendAsync(Stream(before), with is null ? e : with(e), Audit.Between<ApprovalState>(before, row, reason));
        return row;
    }

    static EventStream Stream(Approval row) => new(row.Id, row.Version) { Imported = () => row.As<ApprovalImported>() };
}
