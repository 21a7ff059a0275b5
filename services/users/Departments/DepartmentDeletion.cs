using System.Globalization;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Hdms.Kit.Sagas;

namespace Hdms.Users.Departments;

/// <summary>
/// Closes a department to new tickets, asks whether it still has some, then deletes it; or opens it again (DESIGN section 7). Whatever
/// dies in between, it is either deleted in the end or as it was before.
/// </summary>
sealed class DepartmentDeletion(TicketsClient tickets) : Saga<DepartmentDeletion.Data>
{
    public const string Type = "delete_department";

    /// <param name="Closed">As it was closed.</param>
    /// <param name="WasOpen">It was not closed before, so it is opened again when it stays.</param>
    public sealed record Data(Guid DepartmentId, HoldDepartmentRequest? Closed = null, bool WasOpen = false);

    public override IReadOnlyList<SagaStep<Data>> Steps =>
    [
        Work("close", CloseAsync, undo: OpenAgainAsync),
        Call("ask_tickets", AskTicketsAsync),
        Work("delete", DeleteAsync, pivot: true),
    ];

    static async Task<SagaResult<Data>> CloseAsync(UnitOfWork unit, SagaContext<Data> saga)
    {
        var department = await DepartmentTable.LockAsync(unit, saga.Data.DepartmentId);
        department.MustAllow("delete");
        await MustBeEmptyAsync(unit, department);
        var wasOpen = department.State == DepartmentStatus.Open;
        if (wasOpen)
        {
            department = await DepartmentTable.SaveAsync<DepartmentClosing>(unit, department, department with { State = DepartmentStatus.Closing });
        }

        var d = department;
        var closed = new HoldDepartmentRequest(d.Id, d.Name, d.Code, d.HeadId, d.TotalCapacity, d.QueueEnabled, d.Version);
        return saga.Done(saga.Data with { Closed = closed, WasOpen = wasOpen });
    }

    static async Task<SagaResult<Data>> OpenAgainAsync(UnitOfWork unit, SagaContext<Data> saga)
    {
        var department = await DepartmentTable.LockAsync(unit, saga.Data.DepartmentId);
        if (saga.Data.WasOpen && department is { State: DepartmentStatus.Closing, IsDeleted: false })
        {
            await DepartmentTable.SaveAsync<DepartmentReopened>(unit, department, department with { State = DepartmentStatus.Open });
        }

        return saga.Done();
    }

    async Task<SagaResult<Data>> AskTicketsAsync(SagaContext<Data> saga, CancellationToken ct)
    {
        var hold = await tickets.HoldDepartmentAsync(saga.Data.Closed!, saga.Key, ct);
        return hold.OpenTickets == 0
            ? saga.Done()
            : saga.Fail(string.Create(CultureInfo.InvariantCulture, $"It still has tickets that are not at their end: {hold.OpenTickets}."));
    }

    static async Task<SagaResult<Data>> DeleteAsync(UnitOfWork unit, SagaContext<Data> saga)
    {
        var department = await DepartmentTable.LockAsync(unit, saga.Data.DepartmentId);
        if (!department.IsDeleted)
        {
            await DepartmentTable.SaveAsync<DepartmentDeleted>(unit, department, department with { IsDeleted = true, DeletedAt = unit.Now });
        }

        return saga.Done();
    }

    /// <summary>Nobody joins while this looks: joining needs the department's row, which is locked.</summary>
    public static async Task MustBeEmptyAsync(UnitOfWork unit, Department department)
    {
        var members = await unit.SingleAsync<long>(
            "SELECT count(*) FROM users WHERE department_id = @Id AND is_active AND NOT is_deleted", new { department.Id });
        if (members > 0)
        {
            throw new Refusal(Codes.DepartmentInUse, $"Active persons who belong to {department.Name}: {members}. Give them another department first.")
            {
                Members = new Dictionary<string, object?> { ["active_users"] = members },
            };
        }
    }
}
