using System.Globalization;
using Hdms.Contracts;
using Hdms.Web.Shell;

namespace Hdms.Web.Dashboard;

/// <summary>The dashboard's figures in words; one that is not known here is shown all the same.</summary>
static class Figures
{
    public static string NameOf(string code) => code switch
    {
        "open" => "Open",
        "new" => "New, nobody's yet",
        "overdue" => "Overdue",
        "due_today" => "Due today",
        "attention" => "Need attention",
        "waiting_for_me" => "Wait for you",
        "sla_met_percent" => "Done in time",
        "resolved_7_days" => "Resolved in 7 days",
        "hours_to_resolve" => "Usual time to resolve",
        "hours_to_respond" or "hours_to_acknowledge" => "Usual time to answer",
        _ => Words.Spoken(code),
    };

    public static string Text(DashboardFigure figure) => figure switch
    {
        { Value: null } => "–",
        { Value: { } value } when figure.Code.EndsWith("_percent", StringComparison.Ordinal) => $"{value.ToString("0.#", CultureInfo.InvariantCulture)} %",
        { Value: { } value } when figure.Code.StartsWith("hours_", StringComparison.Ordinal) => Words.Of(TimeSpan.FromHours(value)),
        { Value: { } value } => value.ToString("0.#", CultureInfo.InvariantCulture),
    };
}
