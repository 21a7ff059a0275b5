using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Users.People;

/// <summary>Checks the reason that may be given with a change of state.</summary>
static class Reasons
{
    public static void Check(ReasonRequest? request)
    {
        var check = new Checks();
        check.OptionalText("reason", request?.Reason, 1000, min: 0);
        check.Done();
    }
}
