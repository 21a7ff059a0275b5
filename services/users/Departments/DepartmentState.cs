using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Users.People;

namespace Hdms.Users.Departments;

/// <summary>What closing a department and opening it again have in common: all but the event.</summary>
static class DepartmentState
{
    /// <param name="verb">What is tried, by which the department's rules know it.</param>
    public static Task<Answer<DepartmentView>> ChangeAsync<TEvent>(
        string verb, DepartmentStatus to, Guid id, ReasonRequest? request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
        where TEvent : DepartmentEventState, new()
    {
        caller.MustBeAdmin();
        Reasons.Check(request);
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await DepartmentTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request?.Version);
            before.MustAllow(verb);
            var row = await DepartmentTable.SaveAsync<TEvent>(unit, before, before with { State = to }, request?.Reason);
            return Answer.Ok(await DepartmentTable.ViewAsync(unit, row), row.Version);
        }, ct);
    }
}
