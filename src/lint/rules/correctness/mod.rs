//! Rules about what Docker refuses or misreads.

mod writes;

super::family! {
    sg701_dockerfile_syntax
    sg702_empty_continuation
    sg703_unknown_stage [Error]
    sg704_unused_stage
    sg705_duplicate_stage_name
    sg706_reserved_stage_name
    sg707_undefined_base_argument [Error]
    sg708_undefined_variable
    sg709_self_referencing_env
    sg710_destination_without_slash
    sg711_relative_workdir
    sg712_relative_destination
    sg713_invalid_expose [Warning]
    sg714_repeated_instruction
    sg715_ignored_directive
    sg716_redundant_platform
    sg717_deprecated_maintainer
    sg718_shell_form_start
    sg719_base_platform
    sg720_description_of_something_else
    sg721_copied_for_root
    sg723_pipe_hides_failure
    sg724_variable_in_exec_form [Error]
    sg725_blank_around_equals
    sg726_literal_tilde
    sg727_unknown_command_in_run
    sg728_lost_after_run
    sg729_invalid_image_name [Warning]
    sg730_swallowed_instruction [Error]
    sg731_missing_command_in_run
    sg732_comment_behind_instruction
    sg733_lost_path
    sg734_bash_in_sh [Warning]
    sg790_stage_name_casing
    sg791_instruction_casing
    sg792_expose_protocol_casing
    sg793_legacy_key_value
}
