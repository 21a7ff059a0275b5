using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Tasks;

/// <summary>An item of a department's own checklist, as the row says.</summary>
sealed record InternalTask : InternalTaskState
{
    public long Version { get; init; }

    /// <summary>The whole state as an event.</summary>
    public T As<T>()
        where T : InternalTaskState, new() => Whole<InternalTaskState>.As<T>(this);
}

/// <summary>Reads and writes rows of <c>internal_tasks</c>; every write appends the event that tells of it.</summary>
static class TaskTable
{
    public static readonly Table<InternalTask> Rows = new("internal_tasks");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = StateTable.Of("internal_tasks", Rows, Stream).Whole<InternalTaskState>();

    public static async Task<InternalTask> InsertAsync(UnitOfWork unit, InternalTask task)
    {
        var row = task with { Id = Guid.CreateVersion7(unit.Now), CreatedBy = unit.By.Person, CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };
        await Rows.InsertAsync(unit, row);
        await unit.AppendAsync(new EventStream(row.Id, 0), row.As<InternalTaskAdded>(), new Audit(After: row.As<InternalTaskAdded>()));
        return row;
    }

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<InternalTask> SaveAsync<T>(UnitOfWork unit, InternalTask before, InternalTask after)
        where T : InternalTaskState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        await unit.AppendAsync(Stream(before), row.As<T>(), Audit.Between<InternalTaskState>(before, row));
        return row;
    }

    public static async Task<IReadOnlyList<TaskView>> ViewsAsync(NpgsqlConnection connection, IReadOnlyList<InternalTask> tasks, CancellationToken ct)
    {
        var names = await Names.ReadAsync(connection, tasks.SelectMany(t => new[] { t.TeamMemberId, t.DoneBy, t.CreatedBy }).OfType<Guid>(), [], ct);
        return
        [
            .. tasks.Select(t => new TaskView(
                t.Id, t.TicketId, t.SubTicketId, t.DepartmentId, t.Title, names.Person(t.TeamMemberId), t.DoneAt, names.Person(t.DoneBy),
                names.Person(t.CreatedBy)!, t.CreatedAt, t.UpdatedAt, t.Version)),
        ];
    }

    static EventStream Stream(InternalTask row) => new(row.Id, row.Version) { Imported = () => row.As<InternalTaskImported>() };
}
