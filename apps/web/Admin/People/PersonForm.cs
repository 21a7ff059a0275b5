using System.Globalization;
using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Forms;
using Hdms.Web.Shell;

namespace Hdms.Web.Admin.People;

/// <summary>A person's data as a form, and back.</summary>
static class PersonForm
{
    public static readonly Filled New = Filled.With(("role", "requester"), ("helpdesk_authorized", "true"));

    public static Filled Of(UserView user) => Filled.With(
        ("employee_code", user.EmployeeCode), ("first_name", user.FirstName), ("last_name", user.LastName), ("role", Words.Wire(user.Role)), ("department_id", user.DepartmentId?.ToString()),
        ("email", user.Email), ("phone_number", user.PhoneNumber), ("cnic", user.Cnic), ("sms_user_id", user.SmsUserId),
        ("date_joined", user.DateJoined?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        ("is_ceo", user.IsCeo == true ? "true" : null), ("is_approver", user.IsApprover == true ? "true" : null), ("is_analyst", user.IsAnalyst == true ? "true" : null));

    public static JsonObject Body(Filled form)
    {
        var body = form.Body(["department_id", "email", "phone_number", "cnic", "sms_user_id"], ["is_ceo", "is_approver", "is_analyst"]);

        // Never null: the services say what a name or a code needs.
        foreach (var name in new[] { "employee_code", "first_name", "last_name" })
            body[name] = form.Of(name).Trim();
        body["role"] = form.Of("role");

        // A day stands for its first moment; one that was not touched keeps the time that it has.
        if (form.Some("date_joined") is { } joined && joined != form.Of("date_joined_was"))
            body["date_joined"] = $"{joined}T00:00:00.000Z";
        return body;
    }
}
